"""All machines of an installation have the same secrets, or do not begin."""

import shutil
import threading
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import TupleRow

from collector.database import connect
from collector.settings import Settings
from collector.shared_secrets import ALL, INGEST, ForeignSecrets, agree, agree_at_start, examine
from tests.collector.test_cli import smilepost

Database = psycopg.Connection[TupleRow]


@pytest.fixture
def other(settings: Settings, tmp_path: Path) -> Settings:
    """Another machine with the same database."""
    return replace(settings, data=tmp_path / "other")


def test_first_machine_makes_them_and_starts_again_with_them(settings: Settings, empty_database: Database) -> None:
    agree(settings, empty_database, ALL)
    made = {name: settings.secret(name) for name in ALL}
    agree(settings, empty_database, ALL)
    assert made == {path.name: path.read_text() for path in (settings.data / "secrets").iterdir()}


def test_installation_from_before_keeps_its_own(settings: Settings, empty_database: Database) -> None:
    before = settings.secret("links")
    agree(settings, empty_database, ALL)
    assert settings.secret("links") == before


def test_other_machine_needs_copies_and_makes_none(
    settings: Settings, other: Settings, empty_database: Database
) -> None:
    agree(settings, empty_database, ALL)
    with pytest.raises(ForeignSecrets, match=r"kiosks, links not there.*Copy kiosks, links into"):
        agree(other, empty_database, INGEST)
    assert not (other.data / "secrets").exists()
    (other.data / "secrets").mkdir(parents=True)
    for name in INGEST:
        shutil.copy2(settings.data / "secrets" / name, other.data / "secrets")
    agree(other, empty_database, INGEST)


def test_machine_with_others_is_told_which(settings: Settings, other: Settings, empty_database: Database) -> None:
    agree(settings, empty_database, ALL)
    for name in ALL - {"links"}:
        (other.data / "secrets").mkdir(parents=True, exist_ok=True)
        shutil.copy2(settings.data / "secrets" / name, other.data / "secrets")
    other.secret("links")
    with pytest.raises(ForeignSecrets, match="links another installation's"):
        agree(other, empty_database, ALL)


def test_of_two_machines_that_begin_at_once_one_makes_them(settings: Settings, other: Settings) -> None:
    ended: list[str] = []

    def begin(machine: Settings) -> None:
        with connect(machine, autocommit=True) as connection:
            try:
                agree(machine, connection, ALL)
                ended.append("made")
            except ForeignSecrets as problem:
                ended.append(str(problem))

    threads = [threading.Thread(target=begin, args=[machine]) for machine in (settings, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted("not there" in said for said in ended) == [False, True]


def test_machine_without_any_makes_none_where_there_are_kiosks(
    settings: Settings, other: Settings, database: Database
) -> None:
    """Nobody has told the database of them yet: it was made by a version that did not."""
    with pytest.raises(ForeignSecrets, match="Start Smilepost there first"):
        agree(other, database, INGEST)
    assert not (other.data / "secrets").exists()
    agree(settings, database, ALL)


def test_the_database_holds_no_secret(settings: Settings, empty_database: Database) -> None:
    agree(settings, empty_database, ALL)
    kept = empty_database.execute("SELECT fingerprint FROM shared_secret").fetchall()
    secrets = {settings.secret(name) for name in ALL}
    assert not {row[0].hex() for row in kept} & secrets
    assert len({row[0] for row in kept}) == len(ALL)


@pytest.mark.parametrize("part", ["ingest", "web", "jobs"])
def test_part_on_a_machine_without_them_does_not_begin(
    settings: Settings, other: Settings, empty_database: Database, part: str
) -> None:
    agree(settings, empty_database, ALL)
    ended = smilepost(other, part)
    assert ended.returncode == 1
    assert "This machine has not the secrets of the installation" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_machine_without_them_makes_none_while_the_database_is_away(
    settings: Settings, other: Settings, empty_database: Database
) -> None:
    agree(settings, empty_database, ALL)
    nowhere = "postgresql://127.0.0.1:1/none"
    with pytest.raises(ForeignSecrets, match=r"lacks secrets .* the database cannot say"):
        agree_at_start(replace(other, database=nowhere), ALL)
    assert not (other.data / "secrets").exists()
    agree_at_start(replace(settings, database=nowhere), ALL)


def test_machine_without_them_does_not_say_that_it_knows_nobody(
    settings: Settings, other: Settings, empty_database: Database
) -> None:
    agree(settings, empty_database, ALL)
    ended = smilepost(other, "person", "export", "olha@example.org")
    assert ended.returncode == 1
    assert "This machine has not the secrets of the installation" in ended.stderr
    assert not (other.data / "secrets").exists()


def test_doctor_says_what_is_not_there(settings: Settings, other: Settings, empty_database: Database) -> None:
    agree(settings, empty_database, ALL)

    def said(machine: Settings) -> list[tuple[str, bool]]:
        return [(finding.what, bool(finding.remedy)) for finding in examine(machine, empty_database)]

    assert said(settings) == [("this machine has the installation's secrets", False)]
    assert [wrong for _, wrong in said(other)] == [True]
    (other.data / "secrets").mkdir(parents=True)
    for name in INGEST:
        shutil.copy2(settings.data / "secrets" / name, other.data / "secrets")
    [(what, wrong)] = said(other)
    assert "other parts need contacts, devices" in what
    assert not wrong
    assert what in smilepost(other, "doctor").stdout
    assert {path.name for path in (other.data / "secrets").iterdir()} <= INGEST | {"broker-collector"}
