"""Invitations from a file: each line once, and what is wrong with a line is said without whose it is."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from collector.contacts.tables import message
from collector.settings import Settings
from tests.collector.test_cli import smilepost
from tests.factories import Shop

TABLE = """\
address,consent,language,reference,touchpoint
050 123 45 67,Так,uk,R-17,Exit
ann@example.com,Yes,,R-18,
ann@example.com,Yes,,R-19,
12345678,Yes,,,
bob@example.com,,,,
eve@example.com,Yes,fr,,
joe@example.com,Yes,en,,Roof
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "bought.csv"
    path.write_text(TABLE, encoding="utf-8-sig")
    return path


def test_everybody_is_invited_once(settings: Settings, engine: Engine, riverside: Shop, table: Path) -> None:
    first = smilepost(settings, "invite", "--store", "Riverside", str(table))
    second = smilepost(settings, "invite", "--store", "Riverside", str(table))
    for ended in (first, second):
        assert (ended.returncode, ended.stderr) == (1, "")
        for line in (
            "Line 5: There is no telephone number like this one.",
            "Line 6: consent is empty. Write the words to which the customer said yes.",
            "Line 7: language should be one of uk, en, pl, de, ru.",
            "Line 8: the store has no touchpoint 'Roof'.",
            "      1  not sent: The customer was sent something unasked less than 6 months ago.",
        ):
            assert line in ended.stdout
        assert "example.com" not in ended.stdout
    with engine.connect() as connection:
        rows = connection.execute(select(message).order_by(message.c.id)).all()
    assert [each.address for each in rows] == ["+380501234567", "ann@example.com", "ann@example.com"]
    assert [each.serial for each in rows] == [1, 2, None]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("name,mail\nAnn,ann@example.com\n", "should name the columns address, consent"),
        ("", "should name the columns address, consent"),
        (b"address,consent\n\xff,x\n", "no table in UTF-8"),
    ],
)
def test_a_file_that_is_no_such_table(
    settings: Settings, riverside: Shop, tmp_path: Path, content: str | bytes, says: str
) -> None:
    path = tmp_path / "wrong.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    ended = smilepost(settings, "invite", "--store", "Riverside", str(path))
    assert ended.returncode == 1
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_store_that_is_not_there(settings: Settings, riverside: Shop, table: Path) -> None:
    assert "There is no store 'Moon'." in smilepost(settings, "invite", "--store", "Moon", str(table)).stderr
