"""Nobody is invited under a name that looks like another's."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from collector.accounts.people.lookalikes import is_mixed, look, normal, twin
from collector.accounts.tables import account
from tests.collector.pages import send
from tests.factories import Shop, make_account

MIXED = "\u041elha"  # the first letter is Cyrillic


def test_a_name_of_two_alphabets_or_one_that_looks_like_anothers_is_refused(
    browser: Callable[..., FlaskClient], engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        make_account(connection, riverside.organisation, "Office 1")
        old = make_account(connection, riverside.store, MIXED, role="store")
    admin = browser(riverside.organisation)
    who = {"role": "store", "place": str(riverside.store), "language": "en", "email": "", "phone": ""}
    for name, why in (
        ("\u0420aul", "Latin and Cyrillic letters are mixed"),
        ("0ffice l", "looks like this one"),
        ("\u041e\u0440\u0430", None),  # Cyrillic alone, and nobody's
    ):
        answer = send(admin, "/people/new", name=name, key=f"form {name}", **who)
        assert answer.status_code == (422 if why else 200)
        assert why is None or why in answer.text
    # Who has such a name already keeps it.
    assert send(admin, f"/people/{old}", **{**who, "language": "uk"}).status_code == 302
    assert send(admin, "/people/new", name="Ｉｒｙｎａ", key="wide", **who).status_code == 200
    with engine.connect() as connection:
        assert connection.scalar(select(account.c.id).where(account.c.name == "Iryna"))


@pytest.mark.parametrize(
    ("one", "other"),
    [("olha", "Olha"), ("copy", "\u0441\u043e\u0440\u0443"), ("till 1", "till l"), ("O'Neil", "0'Neil")],
)
def test_these_look_alike(one: str, other: str) -> None:
    assert twin(one, ["somebody", other]) == other


@pytest.mark.parametrize("name", ["Olha", "Ольга", "Ольга Smith", "Kasse 1", "Iryna Б."])
def test_these_are_not_mixed(name: str) -> None:
    assert not is_mixed(name)


@given(st.text())
def test_the_look_of_a_look_is_itself(name: str) -> None:
    assert look(normal(name)) == look(name)
    assert twin(name, [name]) == name
