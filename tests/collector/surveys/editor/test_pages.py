"""The editor of surveys, as a person of a place uses it."""

import html
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from collector.accounts.tables import account
from collector.surveys.default import ensure_default
from collector.surveys.queries import survey_at
from collector.surveys.schedule import Schedule
from collector.surveys.tables import survey, survey_version
from collector.surveys.versions import Listed, one_survey
from printer.codes import Poster
from tests.collector.customers import Phone, code_of, words
from tests.collector.surveys.asking import EVERYTHING, STAFF, ask, make_staff_room
from tests.factories import NOW, Shop, make_shop

Browser = Callable[[int], FlaskClient]


@pytest.fixture(autouse=True)
def default(engine: Engine, riverside: Shop) -> int:
    """The survey that everybody begins with; its id."""
    with engine.begin() as connection:
        ensure_default(connection)
        return connection.execute(select(survey.c.id)).scalar_one()


def send(client: FlaskClient, path: str, page: str | None = None, **form: Any) -> TestResponse:
    """Send a form that stands on a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page or path).text)
    assert found
    return client.post(path, data={"csrf_token": found[1], **form})


def publish(client: FlaskClient, survey_id: int) -> str:
    """Publish what the page shows; returns what it then says."""
    page = client.get(f"/surveys/{survey_id}").text
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen, page
    send(client, f"/surveys/{survey_id}/publish", f"/surveys/{survey_id}", seen=seen[1])
    return words(client.get(f"/surveys/{survey_id}"))


def fields(page: TestResponse) -> dict[str, str]:
    """What stands in a form."""
    found = re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', page.text)
    return {name: html.unescape(value) for name, value in found if name != "csrf_token"}


def of(engine: Engine, place_id: int, survey_id: int) -> Listed:
    with engine.connect() as connection:
        found = one_survey(connection, place_id, survey_id)
    assert found
    return found


def make(client: FlaskClient, place_id: int, **form: Any) -> int:
    answer = send(client, f"/places/{place_id}/surveys/new", name="Ours", **form)
    assert answer.status_code == 302, words(answer)
    return int(answer.location.rpartition("/")[2])


def test_a_store_makes_its_own_from_the_one_in_force(
    browser: Browser, engine: Engine, app: Flask, settings: Any, riverside: Shop, default: int
) -> None:
    client = browser(riverside.store)
    listed = words(client.get("/surveys"))
    assert (
        "Everywhere here After a visit : “How was your visit today?” from Smilepost: there is none of its own" in listed
    )
    own = make(client, riverside.store, copy=default)
    assert "This is a draft: nobody is asked yet." in words(client.get(f"/surveys/{own}"))
    assert "from Smilepost" in words(client.get("/surveys"))

    page = client.get(f"/surveys/{own}/questions/1")
    assert fields(page)["text-uk"] == "Як вам сьогодні у нас?"
    sent = fields(page) | {"text-en": "How was the market?", "buttons": "5"}
    assert send(client, f"/surveys/{own}/questions/1", **sent).location == f"/surveys/{own}"
    send(client, f"/surveys/{own}/questions", f"/surveys/{own}", kind="nps")
    send(client, f"/surveys/{own}/questions/4/remove", f"/surveys/{own}")
    shown = publish(client, own)
    assert "From now on this is asked." in shown
    assert "How was the market? 5 faces" in shown
    assert "How likely are you to recommend us to a friend?" in shown
    with engine.connect() as connection:
        name = connection.execute(select(account.c.name)).scalar_one()
    assert f"Versions Version 1 published 11:52 · {name}" in shown
    assert f'href="/surveys/{own}">Ours</a>: “How was the market?”' in html.unescape(client.get("/surveys").text)

    poster = code_of(engine, settings, Poster(riverside.exit))
    assert "How was the market?" in words(Phone(app).scan(poster))


def test_customers_are_asked_the_old_version_until_the_new_one_is_published(
    browser: Browser, engine: Engine, riverside: Shop, default: int
) -> None:
    client = browser(riverside.organisation)
    page = client.get(f"/surveys/{default}/questions/1")
    send(client, f"/surveys/{default}/questions/1", **fields(page) | {"text-en": "And today?"}, buttons="4")
    assert "Customers are still asked version 1." in words(client.get(f"/surveys/{default}"))
    with engine.connect() as connection:
        assert survey_at(connection, riverside.store, NOW).question["en"] == "How was your visit today?"
    publish(client, default)
    with engine.connect() as connection:
        found = survey_at(connection, riverside.store, NOW)
    assert (found.version, found.question["en"]) == (2, "And today?")
    assert list(found.question) == ["uk", "en", "pl", "de", "ru"]


def test_changes_can_be_thrown_away_and_earlier_versions_taken_up(
    browser: Browser, engine: Engine, riverside: Shop, default: int
) -> None:
    client, page = browser(riverside.organisation), f"/surveys/{default}"
    send(client, f"{page}/questions/4/remove", page)
    assert of(engine, riverside.organisation, default).draft
    send(client, f"{page}/discard", page)
    assert of(engine, riverside.organisation, default).draft is None
    send(client, f"{page}/questions/4/remove", page)
    publish(client, default)
    send(client, f"{page}/versions/1/take-up", page)
    found = of(engine, riverside.organisation, default)
    assert found.draft
    assert found.draft.definition == found.versions[2].definition
    assert send(client, f"{page}/versions/9/take-up", page).status_code == 404


def test_what_has_changed_since_one_looked_is_not_published(
    browser: Browser, engine: Engine, riverside: Shop, default: int
) -> None:
    client, page = browser(riverside.organisation), f"/surveys/{default}"
    send(client, f"{page}/questions/4/remove", page)
    looked = client.get(page).text
    seen = re.findall(r'name="seen" value="([^"]+)"', looked)[0]
    send(browser(riverside.organisation), f"{page}/questions/3/remove", page)
    send(client, f"{page}/publish", page, seen=seen)
    assert "The survey has changed since you looked at it." in words(client.get(page))
    assert of(engine, riverside.organisation, default).draft


def test_a_draft_without_words_is_told_of_and_not_published(
    browser: Browser, engine: Engine, riverside: Shop, default: int
) -> None:
    client, page = browser(riverside.organisation), f"/surveys/{default}"
    added = send(client, f"{page}/questions", page, kind="stars")
    assert added.location == f"{page}/questions/5"
    send(client, added.location, **{"text-en": ""})
    assert "Something here has no words in any language." in words(client.get(page))
    assert client.get(f"{page}/preview?reply-1=1").status_code == 200
    assert "Each question and each reason needs its words" in publish(client, default)
    send(client, added.location, **{"text-en": "How many stars?"})
    assert "Stars, 1 to 5 · not in Ukrainian, Polish, German, Russian yet" in words(client.get(page))
    assert "From now on this is asked." in publish(client, default)


def test_questions_move_and_the_first_stays_a_scale(browser: Browser, riverside: Shop, default: int) -> None:
    client, page = browser(riverside.organisation), f"/surveys/{default}"
    send(client, f"{page}/questions/3/move", page, to="up")
    order = re.findall(r'id="question-(\d)"', client.get(page).text)
    assert order == ["1", "3", "2", "4"]
    send(client, f"{page}/questions/1/move", page, to="down")
    assert "A survey begins with faces, stars or a number" in words(client.get(page))
    assert re.findall(r'id="question-(\d)"', client.get(page).text) == order
    send(client, f"{page}/questions", page, kind="comment")
    assert "The survey asks for this already." in words(client.get(page))
    assert send(client, f"{page}/questions", page, kind="enps").status_code == 400
    assert send(client, f"{page}/questions/9/move", page, to="up").status_code == 404


def test_reasons_are_written_line_by_line(browser: Browser, engine: Engine, riverside: Shop, default: int) -> None:
    client, path = browser(riverside.organisation), f"/surveys/{default}/questions/2"
    sent = fields(client.get(path))
    assert sent["bad-0-en"] == "Long queue"
    changed = {f"bad-{at}-{tag}": "" for at in range(1, 6) for tag in ("uk", "en", "pl", "de", "ru")}
    send(client, path, **sent | changed | {"bad-0-en": "Very long queue"})
    draft = of(engine, riverside.organisation, default).draft
    assert draft
    assert draft.definition.why
    assert [(each.number, each.text["en"]) for each in draft.definition.why.bad] == [(1, "Very long queue")]
    lines = fields(client.get(path))
    assert [lines[f"bad-{at}"] for at in range(6)] == ["1", "13", "14", "15", "16", "17"]


def test_one_more_language(browser: Browser, riverside: Shop, default: int) -> None:
    client, path = browser(riverside.organisation), f"/surveys/{default}/questions/1"
    assert 'name="text-ar"' not in client.get(path).text
    page = client.get(f"{path}?more=ar")
    assert 'name="text-ar" lang="ar" dir="auto"' in re.sub(r'id="[^"]+" ', "", page.text)
    send(client, path, **fields(page) | {"text-ar": "كيف كانت زيارتك؟"}, buttons="4")
    assert 'name="text-ar"' in client.get(f"/surveys/{default}/questions/3").text
    shown = client.get(f"/surveys/{default}/preview?lang=ar").text
    assert 'dir="rtl"' in shown
    assert "كيف كانت زيارتك؟" in shown


def test_rules_that_open_cases(browser: Browser, engine: Engine, riverside: Shop, default: int) -> None:
    client, page = browser(riverside.organisation), f"/surveys/{default}"
    assert "The worst rating, even without a word." in words(client.get(page))
    send(client, f"{page}/rules", below="bad", contact="1", nps_at_most="", **{"words-en": "lawyer, ill"})
    shown = words(client.get(page))
    assert "A bad rating, even without a word. An address that somebody leaves, whatever the rating." in shown
    assert "A comment with one of these words: lawyer, ill." in shown
    assert "with a comment or an address" not in shown
    assert "lawyer, ill</textarea>" in client.get(f"{page}/rules").text


def test_when_a_survey_is_asked(browser: Browser, engine: Engine, riverside: Shop, default: int) -> None:
    client = browser(riverside.store)
    own = make(client, riverside.store, copy=default)
    publish(client, own)
    path = f"/surveys/{own}/settings"
    refused = send(client, path, name="Weekend", since="2026-12-02", until="2026-12-01")
    assert (refused.status_code, "The last day comes before the first." in words(refused)) == (422, True)
    assert 'value="2026-12-02"' in refused.text
    send(client, path, name="Weekend", weekday=["sat", "mon"], **{"from": "10:00", "to": "20:00"})
    found = of(engine, riverside.store, own)
    assert (found.name, found.schedule) == ("Weekend", Schedule(None, None, ("mon", "sat"), ("10:00", "20:00")))
    assert "At this moment it is not asked: Mon Sat, 10:00–20:00." in words(client.get(f"/surveys/{own}"))
    listed = words(client.get("/surveys"))
    assert "from Smilepost: there is none of its own for now" in listed
    assert "version 1 · Mon Sat, 10:00–20:00 · not at this moment" in listed
    send(client, path, name="Weekend", since=str(date(2026, 11, 1)), until=str((NOW + timedelta(days=9)).date()))
    assert "made for Riverside, 1 November 2026 to 1 December 2026" in words(client.get("/surveys"))


def test_a_touchpoint_and_the_staff_have_surveys_of_their_own(
    browser: Browser, engine: Engine, riverside: Shop, default: int
) -> None:
    with engine.begin() as connection:
        room = make_staff_room(connection, riverside)
    client = browser(riverside.store)
    assert "Staff room staff nothing is asked" in words(client.get("/surveys"))
    at_exit = make(client, riverside.store, touchpoint=riverside.exit, copy=default)
    for_staff = make(client, riverside.store, audience="staff", copy=default)
    in_room = make(client, riverside.store, touchpoint=room, audience="customers")
    assert of(engine, riverside.store, at_exit).touchpoint == "Exit"
    found = of(engine, riverside.store, for_staff)
    assert found.draft
    assert [scale.kind for scale in found.draft.definition.scales] == ["enps"]
    assert of(engine, riverside.store, in_room).audience == "staff"
    assert "What opens a case" not in words(client.get(f"/surveys/{for_staff}"))
    for each in (at_exit, for_staff):
        publish(client, each)
    listed = words(client.get("/surveys"))
    assert "Exit Ours : “How was your visit today?” made for this touchpoint" in listed
    assert "Staff room staff Ours : “How likely are you to recommend working here to a friend?”" in listed


def test_a_survey_is_taken_back_but_never_the_last(
    browser: Browser, engine: Engine, riverside: Shop, default: int
) -> None:
    head = browser(riverside.organisation)
    send(head, f"/surveys/{default}/retire", f"/surveys/{default}")
    assert "Without it customers would be asked nothing." in words(head.get("/surveys"))
    with engine.begin() as connection:
        own = ask(connection, riverside.store, definition=EVERYTHING)
    client = browser(riverside.store)
    answer = send(client, f"/surveys/{own}/retire", f"/surveys/{own}")
    assert answer.location == f"/places/{riverside.store}/surveys"
    listed = words(client.get("/surveys"))
    assert "“A survey” is asked no more. Its answers stay." in listed
    assert "from Smilepost" in listed
    assert "Ended (1) A survey Riverside" in listed
    assert "It is asked no more." in words(client.get(f"/surveys/{own}"))
    assert client.get(f"/surveys/{own}/questions/1").status_code == 404
    with engine.begin() as connection:
        ask(connection, riverside.organisation, definition=EVERYTHING)
    send(head, f"/surveys/{default}/retire", f"/surveys/{default}")
    assert "“After a visit” is asked no more." in words(head.get("/surveys"))


def test_the_preview_is_the_page_of_customers_and_leads_nowhere(
    browser: Browser, engine: Engine, riverside: Shop, default: int
) -> None:
    client, path = browser(riverside.organisation), f"/surveys/{default}/preview"
    page = client.get(path)
    assert "How was your visit today?" in words(page)
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    assert '<form method="get"' in page.text
    assert "Long queue" in words(client.get(f"{path}?reply-1=4"))
    assert "Lange Schlange" in words(client.get(f"{path}?reply-1=4&lang=de"))
    assert "Vielen Dank!" in words(client.get(f"{path}?reply-1=4&lang=de&rest=1&comment=Hm"))
    send(client, f"/surveys/{default}/questions/3/remove", f"/surveys/{default}")
    assert "own words" not in words(client.get(f"{path}?reply-1=4"))
    assert "own words" in words(client.get(f"/surveys/{default}/versions/1/preview?reply-1=4"))
    assert client.get(f"/surveys/{default}/versions/9/preview").status_code == 404
    editor = client.get(f"/surveys/{default}").headers["Content-Security-Policy"]
    assert "frame-src 'self'" in editor
    assert "frame-ancestors 'none'" in editor
    assert "frame-src" not in client.get("/surveys").headers["Content-Security-Policy"]


def test_a_look_while_writing_keeps_the_draft(browser: Browser, riverside: Shop, default: int) -> None:
    client, path = browser(riverside.organisation), f"/surveys/{default}/questions/1"
    for words_so_far in ("W", "Was it go", "Was it good?"):
        sent = fields(client.get(path)) | {"text-en": words_so_far, "look": "1", "buttons": "4"}
        looked = send(client, path, **sent)
        assert (looked.status_code, looked.location) == (303, f"/surveys/{default}/preview")
    assert "Was it good?" in words(client.get(f"/surveys/{default}/preview?lang=en"))
    path = f"/surveys/{default}/questions/3"
    looked = send(client, path, **{"text-en": "Say more", "look": "1", "lang": "en", "is_glad": "1"})
    assert looked.location == f"/surveys/{default}/preview?lang=en&reply-1=1"
    assert "Say more" in words(client.get(looked.location))
    assert "Customers are still asked version 1." in words(client.get(f"/surveys/{default}"))


def test_each_changes_what_is_theirs_and_sees_what_is_asked_at_their_place(
    browser: Browser, visitor: FlaskClient, engine: Engine, riverside: Shop, default: int
) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
        own = ask(connection, riverside.store, definition=EVERYTHING)
        ask(connection, riverside.region, definition=STAFF, audience="staff")
    client, neighbour = browser(riverside.store), browser(hillside.region)
    page = words(client.get(f"/surveys/{default}"))
    assert "This survey is made by Smilepost; you see what it asks." in page
    assert "Versions" not in page
    assert "Publish" not in page
    for path in (f"/surveys/{own}", f"/surveys/{own}/preview", f"/surveys/{own}/settings", f"/surveys/{own}/rules"):
        assert neighbour.get(path).status_code == 404, path
        assert "/sign-in" in visitor.get(path).location
    assert neighbour.get(f"/places/{riverside.store}/surveys").status_code == 404
    assert neighbour.get(f"/places/{riverside.region}/surveys/new").status_code == 404
    assert "A survey" not in words(neighbour.get("/surveys"))
    actions = ("publish", "discard", "retire", "settings", "rules", "questions", "questions/1", "questions/1/remove")
    for action in (*actions, "questions/1/move", "versions/1/take-up"):
        for survey_id, who, place in (
            (default, client, riverside.store),
            (own, neighbour, hillside.store),
            (999, client, riverside.store),
        ):
            path = f"/surveys/{survey_id}/{action}"
            answer = send(who, path, f"/places/{place}/surveys/new", name="Mine", kind="nps")
            assert answer.status_code == 404, path
    with engine.connect() as connection:
        assert connection.scalars(select(survey_version.c.version)).all() == [1, 1, 1]
        assert connection.scalars(select(survey.c.retired_at)).all() == [None, None, None]


def test_a_name_is_needed(browser: Browser, riverside: Shop) -> None:
    client, path = browser(riverside.store), f"/places/{riverside.store}/surveys/new"
    refused = send(client, path, name=" ")
    assert (refused.status_code, "Give it a name" in words(refused)) == (422, True)
    assert send(client, path, name="Ours", touchpoint="999").status_code == 400
    assert send(client, path, name="Ours", audience="robots").status_code == 400


@pytest.mark.parametrize("name", ["\u200b", "\u2066\u2069", "\u3164", "…"])
def test_a_name_that_nobody_can_read(browser: Browser, riverside: Shop, name: str) -> None:
    client, path = browser(riverside.store), f"/places/{riverside.store}/surveys/new"
    assert "Give it a name" in words(send(client, path, name=name))
    assert send(client, path, name="\u202esruO").location
    assert "sruO" in words(client.get("/surveys"))
    assert "\u202e" not in client.get("/surveys").text


def test_three_taps_make_one_survey(browser: Browser, engine: Engine, riverside: Shop) -> None:
    client, path = browser(riverside.store), f"/places/{riverside.store}/surveys/new"
    form = fields(client.get(path))
    made = {send(client, path, **{**form, "name": "Ours", "audience": "customers"}).location for _ in range(3)}
    assert len(made) == 1
    # Whoever comes back and writes something else means another one.
    made.add(send(client, path, **{**form, "name": "Another", "audience": "customers"}).location)
    assert len(made) == 2
