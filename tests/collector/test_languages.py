"""Pages speak the language of whoever reads them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from flask_babel import force_locale, ngettext
from markupsafe import Markup
from sqlalchemy import Engine, update

from collector.accounts.tables import account
from collector.filled import filled
from collector.languages import LOCALES
from collector.slips.style import set_language
from collector.words import clock, number, weekday
from tests.collector.customers import Phone
from tests.collector.pages import send
from tests.factories import Shop


def lang(page: str) -> str:
    found = re.search(r'<html lang="([\w-]+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("uk-UA,uk;q=0.9,en;q=0.5", "uk"),
        ("ru", "ru"),
        ("de-DE,ru;q=0.5,en;q=0.4", "ru"),
        ("en-US,uk;q=0.5", "en"),
        ("pl", "en"),
        ("", "en"),
    ],
)
def test_a_stranger_reads_what_their_browser_asks_for(visitor: FlaskClient, accepted: str, language: str) -> None:
    header = {"Accept-Language": accepted}

    assert lang(visitor.get("/sign-in", headers=header).text) == language
    nowhere = visitor.get("/there-is-nothing", headers=header)
    assert (nowhere.status_code, lang(nowhere.text)) == (404, language)


@pytest.mark.parametrize(("chosen", "language"), [("uk", "uk"), ("ru", "ru"), ("en", "en"), ("pl", "en"), ("de", "en")])
def test_who_is_signed_in_reads_their_own(
    riverside: Shop, engine: Engine, browser: Callable[..., FlaskClient], chosen: str, language: str
) -> None:
    reader = browser(riverside.store)
    with engine.begin() as connection:
        connection.execute(update(account).values(language=chosen))

    page = reader.get(f"/stores/{riverside.store}", headers={"Accept-Language": "ru, en"}, follow_redirects=True)

    assert page.status_code == 200
    assert lang(page.text) == language


def test_the_account_offers_the_languages_of_the_pages(riverside: Shop, browser: Callable[..., FlaskClient]) -> None:
    reader = browser(riverside.store)
    page = reader.get("/account").text
    groups = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', page, re.DOTALL)

    assert [(label, re.findall(r'value="(\w+)" lang="\1"', options)) for label, options in groups] == [
        ("These pages, and what is written to you", ["uk", "en", "ru"]),
        ("What is written to you; these pages in English", ["pl", "de"]),
    ]
    assert send(reader, "/account", "/account/reach", language="uk").status_code == 302
    assert lang(reader.get("/account").text) == "uk"


def test_a_board_speaks_the_language_of_its_place(
    riverside: Shop, engine: Engine, browser: Callable[..., FlaskClient]
) -> None:
    reader = browser(riverside.store)
    address = f"/places/{riverside.store}/board"
    assert lang(reader.get(address).text) == "en"

    with engine.begin() as connection:
        set_language(connection, riverside.store, "uk", by="Olha")
    assert lang(reader.get(address).text) == "uk"

    with engine.begin() as connection:
        set_language(connection, riverside.store, "pl", by="Olha")
    assert lang(reader.get(address, headers={"Accept-Language": "ru"}).text) == "en"


def test_numbers_and_days_are_said_as_the_language_says_them(app: Flask) -> None:
    kyiv, moment = ZoneInfo("Europe/Kyiv"), datetime(2026, 11, 22, 18, 15, tzinfo=UTC)
    spoken = {}
    for language in LOCALES:
        with app.test_request_context(headers={"Accept-Language": language}):
            spoken[language] = number(12345), weekday(moment, kyiv), clock(moment, kyiv)

    assert spoken == {
        "en": ("12,345", "Sunday 22 November", "20:15"),
        "ru": ("12\u00a0345", "воскресенье, 22 ноября", "20:15"),
        "uk": ("12\u00a0345", "неділя, 22 листопада", "20:15"),
    }


def test_programs_and_customers_have_their_own_way(visitor: FlaskClient, phone: Phone, poster: str) -> None:
    russian = {"Accept-Language": "ru"}
    assert visitor.get("/api/v1/cases", headers=russian).json == visitor.get("/api/v1/cases").json

    # The console speaks no Polish; a customer's page does.
    page = visitor.get(f"/q/{poster}", headers={"Accept-Language": "pl"})
    assert (page.status_code, lang(page.text)) == (200, "pl")


def test_what_is_put_into_a_message_is_written_as_the_language_writes_it(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "uk"}):
        page = """{{ ngettext("%(num)s rating", "%(num)s ratings", 12345) }} · {{ _("until %(time)s", time=name) }}"""

        assert ngettext("%(num)s rating", "%(num)s ratings", 12345) == "12\u00a0345 оцінок"
        assert render_template_string(page, name="<2027 р.>") == "12\u00a0345 оцінок · до &lt;2027 р.&gt;"
        assert filled("Закінчиться %(day)s. Так.", {"day": "22 лист."}) == "Закінчиться 22 лист. Так."
        assert filled(Markup("До %(day)s."), {"day": "<b>."}) == "До &lt;b&gt;."


def test_what_a_template_says_is_not_worked_out_before_somebody_reads_it(app: Flask) -> None:
    template = app.jinja_env.from_string("{{ none|code_page_words }}")
    said = []
    for language in ("en", "uk"):
        with app.test_request_context(), force_locale(language):
            said.append(template.render())
    assert said == ["as is usual for this kind", "звичайний для цього типу"]
