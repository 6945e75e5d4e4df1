"""Lists as files: what stands in them, who may have them, and how far they have come."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, select, update
from werkzeug.test import TestResponse

from collector.accounts.guard import RULES
from collector.accounts.tables import account
from collector.accounts.tokens import make_token
from collector.alerts.policy import AlertPolicy
from collector.audit.tables import audit
from collector.cases.submit import submit
from collector.notify.webhooks import make_webhook
from collector.places.tables import place
from collector.policies.queries import give_policy
from collector.policies.tables import policy
from collector.ratings.kinds import Channel
from collector.ratings.tables import rating_archive
from collector.reports.exports import outflow
from collector.reports.exports.listed import Wanted
from collector.reports.exports.lists import LISTS
from collector.reports.tables import export
from collector.settings import Settings
from collector.slips.tables import printer
from collector.surveys.answers import Reply, Source
from tests.collector.customers import ask
from tests.collector.pages import send
from tests.collector.surveys.asking import STAFF
from tests.factories import NOW, Shop, add_up, make_shop

Browser = Callable[..., FlaskClient]
ZONE = ZoneInfo("Europe/Kyiv")
PRINTER = {"name": "Counter", "address": "tcp://127.0.0.1:1", "profile": "epson-80"}
#: The page that shows a list: nobody has the file who does not see the page.
PAGES = {
    **{"ratings": "journey.ratings", "days": "insights.of_place", "answers": "voices.of_place"},
    **{"voices": "voices.of_place", "cases": "cases.case", "kiosks": "console.kiosks", "alerts": "alerts.alerts"},
    **{"touchpoints": "journey.of_store", "alarms": "console.alarms", "printers": "printers.of_store"},
    **{"print-jobs": "slips.print_jobs", "roll-outs": "rollouts.home", "segments": "segments.home"},
    **{"messages": "messages.messages", "improvements": "improvements.of_place", "surveys": "surveys.of_place"},
    **{"policies": "case_policy.ladder", "tokens": "tokens.tokens", "webhooks": "messages.webhooks"},
    **{"people": "people.people", "audit": "audit.log"},
}


def asked(client: FlaskClient, name: str, place_id: int, **form: str) -> TestResponse:
    return send(client, "/exports", **{"list": name, "place": str(place_id), "key": f"{name}-{place_id}", **form})


def fetched(client: FlaskClient, name: str, place_id: int, **form: str) -> list[dict[str, str]]:
    """Ask for a list and fetch it, as a person does."""
    answer = asked(client, name, place_id, **form)
    assert answer.status_code == 302, answer.text
    file = client.get(f"{answer.location}/file.csv")
    assert (file.status_code, file.mimetype) == (200, "text/csv")
    assert f"smilepost-{name}" in file.headers["Content-Disposition"]
    text = file.data.decode("utf-8-sig")
    file.close()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_list_has_what_its_columns_say(browser: Browser, rated: Shop, engine: Engine) -> None:
    boss = browser(rated.organisation)
    with engine.begin() as connection:
        add_up(connection)
        make_shop(connection, "Harbour", beside=rated)
        done = {"at": NOW, "who": "Ann", "action": "made-place", "subject": "places/1", "place_id": rated.store}
        connection.execute(insert(audit).values([done | {"detail": None}, done | {"detail": {"name": "Harbour"}}]))
        make_token(connection, "till", ["read"], rated.store)
        connection.execute(insert(printer).values(store_id=rated.store, **PRINTER))
        make_webhook(connection, "https://example.org/=hook", rated.store, None)
        give_policy(connection, rated.store, "alerts", AlertPolicy(), "Ann")
        connection.execute(update(policy).values(created_at=NOW))
    found = {name: fetched(boss, name, rated.organisation) for name in LISTS}
    ratings = found["ratings"]
    assert len(ratings) == 50 * 12 + 1
    assert ratings[0] | {"kiosk": "exit-1"} == ratings[0]
    assert {(row["mark"], row["time"]) for row in ratings} == {("counted", "exact")}
    assert {row["channel"] for row in ratings} == {"kiosk-button", "poster-qr"}
    assert ratings[-2]["happened"].endswith("+02:00")  # the store's own time
    assert sum(int(row["counted"]) for row in found["days"]) == len(ratings)
    [answer] = found["answers"]
    assert answer["comment"] == "'=cmd|' /C calc'!A0"
    assert (answer["store"], answer["case"]) == ("Riverside", found["cases"][0]["id"])
    assert [row["name"] for row in found["places"]][:3] == ["Smilepost", "Region of Riverside", "Riverside"]
    assert found["places"][2]["mon"] == "09:00-21:00"
    assert found["kiosks"][0]["id"] == "exit-1"
    assert [row["role"] for row in found["people"]] == ["admin"]
    assert [(row["subject"], row["detail"]) for row in found["audit"]] == [
        ("places/1", ""),
        ("places/1", '{"name":"Harbour"}'),
    ]
    assert [row["name"] for row in found["touchpoints"]] == ["Checkout", "Exit"] * 2
    assert [(row["name"], row["state"]) for row in found["printers"]] == [("Counter", "unknown")]
    assert [row["text"] for row in found["improvements"]] == ["A second till is open."]
    assert found["surveys"][0] | {"type": "smileys", "question": "1", "place": "Smilepost"} == found["surveys"][0]
    assert [(row["kind"], row["author"]) for row in found["policies"]] == [("alerts", "Ann")]
    assert [(row["name"], row["scopes"]) for row in found["tokens"]] == [("till", "read")]
    assert [row["url"] for row in found["webhooks"]] == ["https://example.org/=hook"]
    of_secrets = {column for name in ("tokens", "webhooks", "printers") for column in found[name][0]}
    assert not of_secrets & {"digest", "secret", "secret_hash"}
    # Who had what concerns a person is written down, before they have it.
    with engine.connect() as connection:
        of_lists = select(audit.c.subject).where(audit.c.action == "exported").order_by(audit.c.id)
        subjects = connection.scalars(of_lists).all()
    assert subjects == [f"lists/{name}" for name in ("answers", "voices", "cases", "messages", "people", "audit")]
    with engine.connect() as connection:
        states = connection.execute(select(export.c.list, export.c.state, export.c.rows)).all()
    assert {(name, state, rows) for name, state, rows in states} == {
        (name, "done", len(rows)) for name, rows in found.items()
    }
    # What was heard at a store that was taken out since is in them still.
    with engine.begin() as connection:
        connection.execute(update(place).where(place.c.id == rated.store).values(ended_at=NOW))
    for name in ("ratings", "days", "answers", "cases", "places"):
        assert len(fetched(boss, name, rated.organisation, key=f"again-{name}")) == len(found[name]), name
    page = boss.get("/exports/1").text
    assert "Done: 601 rows." in page
    assert '<progress id="bar" max="100" value="100">' in page


def test_days_are_those_of_the_store_and_both_ends_are_included(browser: Browser, rated: Shop) -> None:
    boss = browser(rated.store)
    days = {"from": "2026-11-20", "to": "2026-11-21"}
    assert len(fetched(boss, "ratings", rated.store, **days)) == 101
    assert (
        len(fetched(boss, "ratings", rated.store, **{"from": days["to"], "to": days["from"], "key": "turned"})) == 101
    )
    assert fetched(boss, "cases", rated.store, **{"from": "2026-11-19", "to": "2026-11-20"}) == []


def test_nobody_has_more_than_their_place_and_their_role_show(browser: Browser, rated: Shop, engine: Engine) -> None:
    with engine.begin() as connection:
        harbour = make_shop(connection, "Harbour", beside=rated)
    here, there = browser(rated.store, "store"), browser(harbour.store, "store")
    assert asked(there, "ratings", rated.store).status_code == 404
    assert asked(there, "ratings", rated.organisation, key="x").status_code == 404
    assert asked(here, "people", rated.store).status_code == 403
    assert asked(browser(rated.store, "technician"), "answers", rated.store, key="y").status_code == 403
    assert asked(here, "secrets", rated.store, key="z").status_code == 404
    assert 'list" value="people' not in here.get("/exports").text
    mine = asked(here, "answers", rated.store, key="mine").location
    for stranger in (there, browser(rated.store), browser(rated.organisation)):
        for path in (mine, f"{mine}/now", f"{mine}/file.csv"):
            assert stranger.get(path).status_code == 404
    # Whoever is moved away has nothing of it any more, also of what they asked for before.
    with engine.begin() as connection:
        owner = connection.scalar(select(export.c.account_id).where(export.c.key == "mine"))
        connection.execute(update(account).where(account.c.id == owner).values(place_id=harbour.store))
    assert here.get(f"{mine}/file.csv").status_code == 404


def test_what_the_staff_said_is_in_no_list(browser: Browser, rated: Shop, engine: Engine, settings: Settings) -> None:
    with engine.begin() as connection:
        ask(connection, rated.store, *STAFF.questions, audience="staff")
    boss = browser(rated.organisation)
    before = len(fetched(boss, "ratings", rated.organisation)), len(fetched(boss, "answers", rated.organisation))
    source = Source(f"poster:{9:022}", Channel.POSTER_QR, rated.store, rated.exit)
    submit(engine, settings, source, Reply("en", button=1), NOW)
    after = [len(fetched(boss, name, rated.organisation, key=f"{name} again")) for name in ("ratings", "answers")]
    assert [each - was for each, was in zip(after, before, strict=True)] == [1, 1]


def test_who_hangs_up_sees_where_it_stopped(
    browser: Browser, rated: Shop, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outflow, "PIECE", 100)
    monkeypatch.setattr(outflow, "EVERY", 0.0)
    boss = browser(rated.store)
    one = asked(boss, "ratings", rated.store).location
    assert "About 601 rows wait for you" in boss.get(one).text
    file = boss.get(f"{one}/file.csv", buffered=False)
    pieces = iter(file.response)
    next(pieces), next(pieces), next(pieces)
    assert "On its way: 100 of about 601 rows." in boss.get(f"{one}/now").text
    assert 'value="16"' in boss.get(f"{one}/now").text
    file.close()
    assert "It stopped after 100 rows." in boss.get(f"{one}/now").text
    # Its process may die without a word, too.
    with engine.begin() as connection:
        gone = {"state": "running", "moved_at": NOW - timedelta(minutes=3)}
        connection.execute(update(export).values(gone))
    assert "It stopped after 100 rows." in boss.get(one).text
    whole = boss.get(f"{one}/file.csv")
    assert whole.data.count(b"\r\n") == 602
    whole.close()
    assert "Done: 601 rows." in boss.get(one).text


def test_others_pages_are_not_kept_waiting(browser: Browser, rated: Shop) -> None:
    boss = browser(rated.store)
    one = asked(boss, "ratings", rated.store).location
    files = [boss.get(f"{one}/file.csv", buffered=False) for _ in range(outflow.AT_ONCE)]
    refused = boss.get(f"{one}/file.csv", follow_redirects=True)
    assert "Other lists are on their way just now." in refused.text
    for file in files:
        file.close()
    last = boss.get(f"{one}/file.csv")
    assert last.mimetype == "text/csv"
    last.close()


def test_archived_months_are_named(browser: Browser, rated: Shop, engine: Engine) -> None:
    with engine.begin() as connection:
        gone = {"month": NOW.date().replace(day=1), "file": "ratings-2026-11.gz", "rows": 1, "sha256": ""}
        connection.execute(insert(rating_archive).values(**gone, archived_at=NOW))
    refused = asked(browser(rated.store), "ratings", rated.store)
    assert refused.status_code == 422
    assert "smilepost archive restore ratings-2026-11.gz" in refused.text


def test_every_query_reads_on_while_it_sends(engine: Engine, rated: Shop) -> None:
    """Each list has as many values as columns, whatever its rows are."""
    with engine.connect() as connection:
        for listed in LISTS.values():
            days = ((NOW - timedelta(days=30)).date(), NOW.date()) if listed.of_days else (None, None)
            flow = listed.flow(connection, Wanted(rated.organisation, *days, ZONE, rated.organisation, "en", NOW))
            line = flow.lines(connection)
            for row in connection.execute(flow.query):
                assert len(line(row)) == len(listed.columns)
    with engine.connect() as connection:
        assert connection.scalar(select(audit.c.id)) is None


def test_who_sees_the_page_has_the_list_and_nobody_else(app: Flask) -> None:
    assert set(LISTS) - {"places"} == set(PAGES)  # the page of places is for those who change them
    for name, endpoint in PAGES.items():
        blueprint, _, view = endpoint.rpartition(".")
        assert endpoint in app.view_functions, endpoint
        assert RULES[blueprint].need(view, "GET") == LISTS[name].need, name
