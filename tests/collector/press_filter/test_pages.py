"""The filter's pages as people of a place use them."""

import re
from collections.abc import Callable

import psycopg
from flask.testing import FlaskClient
from sqlalchemy import Engine

from collector.policies.queries import give_policy, policy_at
from collector.press_filter import runs
from collector.press_filter.policy import Burst, Closed, FilterPolicy, Repeat
from tests.collector.customers import words
from tests.collector.pages import send as fill_in
from tests.collector.pressing import Send, marks
from tests.factories import NOW, Shop, make_shop

Browser = Callable[..., FlaskClient]
ON = {"repeat": "1", "repeat-seconds": "5", "closed": "1", "closed-minutes": "0"}


def work(database: psycopg.Connection[tuple[object, ...]]) -> None:
    while runs.work(database):
        pass


def test_changed_looked_through_and_marked(
    engine: Engine,
    empty_database: psycopg.Connection[tuple[object, ...]],
    browser: Browser,
    riverside: Shop,
    send: Send,
) -> None:
    send(0, 3, 60)
    office = browser(riverside.organisation, "head-office")
    path = f"/places/{riverside.organisation}/filter"
    assert "From now on it is so." in words(office.get(fill_in(office, path, **ON).location))
    with engine.connect() as connection:
        chosen = policy_at(connection, riverside.store, "filter", FilterPolicy)
    assert chosen == FilterPolicy(repeat=Repeat(5), burst=None, stuck=None, closed=Closed(0))

    form = re.search(r'action="[^"]+/runs".*?</form>', office.get(path).text, re.DOTALL)
    assert form
    key, token = (re.search(f'name="{name}" value="([^"]+)"', form[0]) for name in ("key", "csrf_token"))
    assert key
    assert token
    data = {"csrf_token": token[1], "key": key[1], "first": "2026-11-01", "last": "2026-11-22"}
    run, again = (office.post(f"{path}/runs", data=data).location for _ in range(2))
    assert run == again  # the second tap
    assert "Being looked through" in words(office.get(run))
    work(empty_database)
    seen = words(office.get(run))
    assert "raw 3, counted 2: 1 × pressed again at once" in seen
    assert "The index goes from 100.0 (3 ratings) to 100.0 (2 ratings)." in seen
    assert set(marks(empty_database)) == {"counted"}
    office.post(f"{run}/begin", data=data)
    work(empty_database)
    assert "1 rating has another mark now." in words(office.get(f"{run}/now"))
    assert marks(empty_database) == ["counted", "repeat", "counted"]
    log = words(office.get("/audit?kind=settings"))
    assert "asked for a look over history" in log
    assert "1 November 2026 to 22 November 2026 · counted: 3 → 2" in log


def test_what_does_not_fit_is_said(engine: Engine, browser: Browser, riverside: Shop) -> None:
    office = browser(riverside.organisation)
    path = f"/places/{riverside.organisation}/filter"
    sent = fill_in(office, path, **{**ON, "burst": "1", "burst-presses": "2", "burst-seconds": "soon"})
    assert sent.status_code == 422
    assert "2 numbers do not fit" in words(sent)
    assert 'value="soon"' in sent.text
    odd = fill_in(office, path)  # all off
    assert odd.status_code == 302
    with engine.begin() as connection:
        give_policy(connection, riverside.organisation, "filter", FilterPolicy(burst=Burst(5, 9)), "a test")
        connection.exec_driver_sql(
            "INSERT INTO rating_archive VALUES ('2026-09-01', 'ratings-2026-09.gz', 1, '', now())"
        )
    token = re.search(r'name="csrf_token" value="([^"]+)"', office.get(path).text)
    assert token
    for first, last, said in (
        ("2026-11-22", "2026-11-23", "Choose a first day and a last one"),
        ("2026-11-22", "tomorrow", "Choose a first day and a last one"),
        ("2026-09-05", "2026-11-22", "What came in before 2 October 2026 is in archive files."),
    ):
        data = {"csrf_token": token[1], "key": "k" * 22, "first": first, "last": last}
        refused = office.post(f"{path}/runs", data=data)
        assert refused.status_code == 422
        assert said in words(refused)


def test_who_sees_and_who_changes_it(browser: Browser, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    store = browser(riverside.store, "store")
    page = store.get(f"/places/{riverside.store}/filter")
    assert "Keep it so" not in page.text
    only = "Only people of a place above"
    assert f"{only} Riverside change it." in page.text
    # Nobody is above the top: there it would send a technician to people who are not there.
    technician = browser(riverside.organisation, "technician").get(f"/places/{riverside.organisation}/filter")
    assert only not in technician.text
    assert "Keep it so" not in technician.text
    assert store.post(f"/places/{riverside.store}/filter/runs").status_code in (400, 403)
    assert store.get(f"/places/{riverside.organisation}/filter").status_code == 404
    region = browser(riverside.region, "region")
    assert "Keep it so" in region.get(f"/places/{riverside.store}/filter").text
    assert "Keep it so" not in region.get(f"/places/{riverside.region}/filter").text
    assert region.get(f"/places/{hillside.store}/filter").status_code == 404
    assert region.get(f"/places/{riverside.region}/filter/runs/1").status_code == 404


def test_an_outdated_preview_is_not_carried_out(
    engine: Engine,
    empty_database: psycopg.Connection[tuple[object, ...]],
    browser: Browser,
    riverside: Shop,
    send: Send,
) -> None:
    send(0, 3, 60)
    office = browser(riverside.organisation)
    path = f"/places/{riverside.organisation}/filter"
    fill_in(office, path, **ON)
    token = re.search(r'name="csrf_token" value="([^"]+)"', office.get(path).text)
    assert token
    data = {"csrf_token": token[1], "key": "k" * 22, "first": NOW.date().isoformat(), "last": NOW.date().isoformat()}
    run = office.post(f"{path}/runs", data=data).location
    work(empty_database)
    assert "Mark them so" in words(office.get(run))
    fill_in(office, f"/places/{riverside.store}/filter", repeat="1", **{"repeat-seconds": "1"})
    assert "Mark them so" not in words(office.get(run))
    office.post(f"{run}/begin", data=data)
    work(empty_database)
    assert marks(empty_database) == ["counted"] * 3
    office.post(f"{run}/stop", data=data)
    assert "Stopped" in words(office.get(run))
    office.post(f"{run}/go-on", data=data)
    work(empty_database)
    assert "nothing is changed yet" in words(office.get(run))
