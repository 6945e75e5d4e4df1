"""Signers that work apart from us: their links are good here, and only as long as they should be."""

import json
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from collector.cli import main
from collector.failure import Failure
from collector.links.keys import RECEIPT_LIFETIME
from collector.links.resolve import Meaning, Refusal, resolve
from collector.links.tables import link_key, signer
from collector.settings import Settings
from collector.slips.signers import end_signer, make_signer, write_signer
from collector.slips.style import set_language
from printer.signer import ReceiptLink, Signer
from tests.factories import Shop

NOW = datetime.now(UTC)


def provision(settings: Settings, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main(["provision", "signer", *arguments])
    assert ended.value.code == 0, ended.value.code


def code_of(link: ReceiptLink) -> str:
    return link.link.rpartition("/")[2]


def test_what_it_signs_is_a_receipt_of_its_store(
    engine: Engine, settings: Settings, riverside: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "signer.json"
    with engine.begin() as connection:
        set_language(connection, riverside.store, "pl", "Olena")
    provision(settings, monkeypatch, "--store", "Riverside", "--name", "till 2", "--output", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    made = Signer(file)
    assert (made.store, made.language) == ("Riverside", "pl")
    link = made.next_link(NOW)
    made.close()
    assert link.link.startswith(settings.url.upper() + "/Q/")
    with engine.begin() as connection:
        meaning = resolve(connection, settings, code_of(link), NOW)
        assert isinstance(meaning, Meaning)
        assert meaning.store_id == riverside.store
        row = connection.execute(select(signer).where(signer.c.id == made.id)).one()
        assert (row.kind, row.name, row.kiosk_id) == ("proxy", "till 2", None)


def test_a_key_is_never_printed_and_no_file_replaced(
    settings: Settings,
    engine: Engine,
    riverside: Shop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "signer.json"
    provision(settings, monkeypatch, "--store", "Riverside", "--output", str(file))
    before = file.read_text()
    with pytest.raises(SystemExit, match="is there already"):
        main(["provision", "signer", "--store", "Riverside", "--output", str(file)])
    assert file.read_text() == before
    with engine.begin() as connection:
        assert len(connection.execute(select(signer)).all()) == 1
        made = make_signer(connection, settings, "Riverside", "pi")
    said = "".join(capsys.readouterr())
    assert repr(made.key) not in repr(made)
    assert json.loads(before)["key"] not in said


def test_an_ended_signer_s_receipts_count_until_they_are_too_old(
    engine: Engine, settings: Settings, riverside: Shop, tmp_path: Path
) -> None:
    with engine.begin() as connection:
        made, other = (make_signer(connection, settings, "Riverside", "proxy") for _ in range(2))
        write_signer(made, tmp_path / "signer.json")
        write_signer(other, tmp_path / "other.json")
    links = {}
    for name in ("signer", "other"):
        opened = Signer(tmp_path / f"{name}.json")
        links[name] = code_of(opened.next_link(NOW))
        opened.close()
    with engine.begin() as connection:
        assert end_signer(connection, made.signer) == "Riverside"
    with engine.begin() as connection:
        assert isinstance(resolve(connection, settings, links["signer"], NOW), Meaning)
        [ends_at] = connection.scalars(select(link_key.c.ends_at)).all()
        assert timedelta() <= ends_at - NOW - RECEIPT_LIFETIME < timedelta(hours=1)
        with pytest.raises(Failure, match="has ended already"):
            end_signer(connection, made.signer)
        # Once the end has come …
        connection.execute(update(link_key).values(ends_at=NOW - timedelta(seconds=1)))
        assert resolve(connection, settings, links["signer"], NOW) is Refusal.UNKNOWN
        assert isinstance(resolve(connection, settings, links["other"], NOW), Meaning)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"store": "Nowhere"}, "no store 'Nowhere'"),
        ({"kiosk_id": "exit-9"}, "no kiosk 'exit-9'"),
    ],
)
def test_what_is_not_there_is_said(
    engine: Engine, settings: Settings, riverside: Shop, wanted: dict[str, str], said: str
) -> None:
    with engine.begin() as connection, pytest.raises(Failure, match=said):
        make_signer(connection, settings, **{"store": "Riverside", "kind": "pi"} | wanted)


@pytest.mark.parametrize(("url", "warns"), [("http://localhost:8080", True), ("https://feedback.example.com", False)])
def test_it_warns_of_codes_that_lead_nowhere(
    engine: Engine,
    settings: Settings,
    riverside: Shop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    url: str,
    warns: bool,
) -> None:
    reached = replace(settings, url=url)
    provision(reached, monkeypatch, "--store", "Riverside", "--output", str(tmp_path / "signer.json"))
    assert ("which only this machine can open" in capsys.readouterr().out) is warns


def test_no_signer_has_the_number_zero(
    engine: Engine, settings: Settings, riverside: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zero is not the same as no number: nothing is made."""
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match="no signer 0"):
        main(["provision", "signer", "--end", "0"])


def test_the_collector_s_own_signer_cannot_be_ended(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        values = {"store_id": riverside.store, "kind": "collector"}
        own = connection.execute(signer.insert().values(values).returning(signer.c.id)).scalar_one()
        for wanted in (own, own + 1):
            with pytest.raises(Failure, match="no signer"):
                end_signer(connection, wanted)
