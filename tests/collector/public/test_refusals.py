"""Codes that lead nowhere get a friendly page that reveals nothing."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine

from collector.settings import Settings
from printer.codes import Poster, Press, encode
from tests.collector.customers import Phone, code_of, make_receipt, words
from tests.factories import NOW, Shop, make_kiosk, make_ratings


def test_forged_mistyped_and_unknown_look_the_same(
    phone: Phone, poster: str, engine: Engine, settings: Settings, riverside: Shop
) -> None:
    other = "A" if poster[5] != "A" else "C"
    codes = {
        "mistyped": poster[:5] + other + poster[6:],
        "forged": encode(Poster(riverside.exit), 0, bytes(32)),
        "of nothing": code_of(engine, settings, Poster(99)),
        "cut": poster[:-1],
        "no code": "hello",
        "kiosk unknown": code_of(engine, settings, Press(99, 1)),
    }
    pages = {name: phone.scan(code) for name, code in codes.items()}
    assert {page.status_code for page in pages.values()} == {404}
    assert len({page.text for page in pages.values()}) == 1
    assert "This code leads nowhere." in pages["forged"].text
    assert "Ask at the counter" in pages["forged"].text
    assert {phone.send(code, {}, 1).status_code for code in codes.values()} == {404}


def test_old_codes_say_so(app: Flask, phone: Phone, engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        cursor = make_kiosk(connection, riverside)
        make_ratings(connection, cursor, [4], happened=NOW - timedelta(minutes=11))
        bought = make_receipt(connection, riverside.store, NOW.date() - timedelta(days=31))
    for content in (Press(cursor, 1), bought):
        page = phone.scan(code_of(engine, settings, content))
        assert page.status_code == 410
        assert "This code is too old. " in words(page)


def test_a_press_that_is_still_on_its_way(phone: Phone, engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        cursor = make_kiosk(connection, riverside)
    code = code_of(engine, settings, Press(cursor, 1))
    page = phone.scan(code)
    assert (page.status_code, page.headers["Refresh"]) == (202, "3")
    assert "Your press is on its way." in words(page)
    with engine.begin() as connection:
        make_ratings(connection, cursor, [4], happened=NOW)
    assert "You pressed “very bad”." in words(phone.scan(code))


def test_guessing_ends_and_nobody_behind_the_same_address_is_shut_out(app: Flask, phone: Phone, poster: str) -> None:
    assert {phone.scan("hello").status_code for _ in range(30)} == {404}
    stopped = phone.scan("hello")
    assert stopped.status_code == 429
    assert "Wait 15 minutes" in words(stopped)
    assert phone.scan(poster).status_code == 200
    assert Phone(app, address="10.0.0.2").scan("hello").status_code == 404


@pytest.mark.parametrize("prefix", ["/Q/", "/q/"])
def test_codes_are_taken_as_they_are_typed(phone: Phone, poster: str, prefix: str) -> None:
    groups = [poster[at : at + 4] for at in range(0, 28, 4)]
    for typed in (poster, poster.lower(), "-".join(groups), " ".join(groups).lower()):
        assert phone.scan(typed, prefix).status_code == 200


def test_pages_keep_to_themselves(phone: Phone, poster: str, capsys: pytest.CaptureFixture[str]) -> None:
    for page in (
        phone.scan(poster),
        phone.scan(poster, "/q/"),
        phone.answer(poster, 1),
        phone.scan("hello-1"),
        phone.scan(poster + "/X"),
    ):
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in page.headers
    assert phone.scan(poster).headers["X-Robots-Tag"].startswith("noindex")
    logged = capsys.readouterr()
    assert "/Q/…" in logged.out + logged.err
    assert not re.search(rf"{poster}|hello-1|Q/…/X", logged.out + logged.err, re.IGNORECASE)
