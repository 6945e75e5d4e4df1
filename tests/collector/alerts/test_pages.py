"""The pages of alerts, as the people of a place see them."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update
from werkzeug.test import TestResponse

from collector.alerts.policy import AlertPolicy
from collector.alerts.tables import RULES, alert
from collector.moments import to_ms
from collector.policies.queries import own_policy, policy_at
from tests.factories import NOW, Shop, make_kiosk, make_ratings, make_shop

Browser = Callable[[int], FlaskClient]

DATA = {
    "bad-share": {"bad": 5, "count": 8, "percent": 50, "minutes": 15},
    "index": {"index": 41.3, "count": 25, "below": 50, "minutes": 180},
    "away": {"since": to_ms(NOW), "kiosks": 1},
    "silence": {"since": to_ms(NOW), "last": to_ms(NOW), "usual": 22.4, "weeks": 8},
    "battery": {"millivolts": 3420, "below": 3500},
    "printer": {"name": "Counter", "state": "paper_out", "minutes": 10},
}


def send(client: FlaskClient, page: str, to: str | None = None, **typed: str) -> TestResponse:
    """Fill in the form of a page and send it."""
    token = re.findall(r'name="csrf_token" value="([^"]+)"', client.get(page).text)[0]
    return client.post(to or page, data={"csrf_token": token, **typed})


@pytest.mark.parametrize("rule", RULES)
def test_what_was_seen_and_what_to_do(
    browser: Browser, riverside: Shop, make_alert: Callable[..., int], rule: str
) -> None:
    alert_id = make_alert(rule=rule, subject="kiosk/exit-1", data=DATA[rule])
    page = browser(riverside.store).get(f"/alerts/{alert_id}").text
    said = {
        "bad-share": ["Many bad ratings", "5 of 8 ratings within 15 minutes were bad.", "Go and see"],
        "index": ["The index is low", "The index was 41.3, from 25 ratings", "reasons"],
        "away": [
            "Nothing is heard of exit-1",
            "It does not say that it is there. Silent since 11:52",
            "Look at its power",
        ],
        "silence": ["Nobody presses exit-1", "pressed 22.4 times on average", "Silent since 11:52"],
        "battery": ["The battery of exit-1 is low", "3420 mV", "Charge it"],
        "printer": ["Counter does not print", "out of paper: put in a new roll"],
    }
    for words in said[rule]:
        assert words in page
    assert "I look after it" in page


def test_somebody_looks_after_it_and_the_second_hears_of_the_first(
    browser: Browser, riverside: Shop, make_alert: Callable[..., int], engine: Engine
) -> None:
    alert_id = make_alert()
    ann, ben = browser(riverside.store), browser(riverside.region)
    path = f"/alerts/{alert_id}/acknowledge"
    assert "Alerts (1)" in ben.get("/alerts").text
    assert send(ann, f"/alerts/{alert_id}", path).status_code == 302
    with engine.connect() as connection:
        first = connection.execute(select(alert)).one()
    assert (first.acknowledged_at, first.closed_at) == (NOW, None)
    # Ben had the page open before.
    token = re.findall(r'name="csrf_token" value="([^"]+)"', ben.get("/alerts").text)[0]
    ben.post(path, data={"csrf_token": token})
    page = ben.get(f"/alerts/{alert_id}").text
    assert f"{first.acknowledged_by} was first." in page
    assert "Alerts (1)" not in page
    # A double tap is no other person.
    token = re.findall(r'name="csrf_token" value="([^"]+)"', ann.get("/alerts").text)[0]
    ann.post(path, data={"csrf_token": token})
    assert "was first" not in ann.get(f"/alerts/{alert_id}").text


def test_people_see_their_place_and_below(
    browser: Browser, riverside: Shop, make_alert: Callable[..., int], engine: Engine
) -> None:
    with engine.begin() as connection:
        beside = make_shop(connection, "Lakeside", beside=riverside)
    alert_id = make_alert()
    stranger = browser(beside.store)
    assert "None." in stranger.get("/alerts").text
    assert stranger.get(f"/alerts/{alert_id}").status_code == 404
    assert send(stranger, "/alerts", f"/alerts/{alert_id}/acknowledge").status_code == 404
    assert stranger.get(f"/places/{riverside.store}/alerts").status_code == 404
    assert browser(riverside.organisation).get(f"/alerts/{alert_id}").status_code == 200


def test_the_store_page_says_it_first(browser: Browser, riverside: Shop, make_alert: Callable[..., int]) -> None:
    make_alert()
    page = browser(riverside.store).get(f"/stores/{riverside.store}").text
    assert page.index("Many bad ratings") < page.index("Today")


def test_what_is_over_stays_to_be_seen(
    browser: Browser, riverside: Shop, make_alert: Callable[..., int], engine: Engine
) -> None:
    alert_id = make_alert()
    with engine.begin() as connection:
        connection.execute(update(alert).values(closed_at=NOW))
    client = browser(riverside.store)
    page = client.get("/alerts").text
    assert "None." in page
    assert "11:52 to 11:52" in page
    assert "It has been over since 11:52." in client.get(f"/alerts/{alert_id}").text
    token = re.findall(r'name="csrf_token" value="([^"]+)"', client.get("/alerts").text)[0]
    client.post(f"/alerts/{alert_id}/acknowledge", data={"csrf_token": token})
    assert "It is over already." in client.get("/alerts").text


def test_the_chart_counts_what_the_alert_counted(
    browser: Browser, riverside: Shop, make_alert: Callable[..., int], engine: Engine
) -> None:
    with engine.begin() as connection:
        cursor_id = make_kiosk(connection, riverside, touchpoint=riverside.checkout)
        make_ratings(connection, cursor_id, [4, 4, 3, 1, 1])
    page = browser(riverside.store).get(f"/alerts/{make_alert()}").text
    cells = re.findall(r'<th scope="row">([\d:]+)</th><td>(\d+)</td><td>(\d+)</td>', page)
    assert cells[-1] == ("11:47", "5", "3")
    assert {(count, bad) for _, count, bad in cells[:-1]} == {("0", "0")}


def test_chosen_above_and_gone_back(browser: Browser, riverside: Shop, engine: Engine) -> None:
    head, page = browser(riverside.organisation), f"/places/{riverside.region}/alerts"
    usual = {
        **{"bad_share": "1", "bad_share-percent": "40", "bad_share-minutes": "30", "bad_share-at_least": "6"},
        **{"battery": "1", "battery-millivolts": "3600", "battery-opens_case": "1", "tells": "1"},
    }
    for _ in range(2):  # a second tap makes no second version
        assert send(head, page, **usual).status_code == 302
    with engine.connect() as connection:
        own = own_policy(connection, riverside.region, "alerts")
        assert own
        assert own.version == 1
        policy = policy_at(connection, riverside.store, "alerts", AlertPolicy)
    assert policy.bad_share
    assert (policy.bad_share.percent, policy.bad_share.minutes, policy.bad_share.at_least) == (40, 30, 6)
    assert (policy.bad_share.opens_case, policy.index, policy.silence, policy.printer) == (False, None, None, None)
    assert policy.battery
    assert policy.battery.opens_case
    assert "As above this place." in browser(riverside.store).get(f"/places/{riverside.store}/alerts").text
    assert 'value="40"' in browser(riverside.store).get(f"/places/{riverside.store}/alerts").text
    send(head, page, above="1")
    with engine.connect() as connection:
        assert policy_at(connection, riverside.store, "alerts", AlertPolicy) == AlertPolicy()


@pytest.mark.parametrize("typed", ["0", "101", "", "half", "1e3", "٥", "9" * 30, "-5", "5.5"])
def test_a_number_that_does_not_fit_is_said_and_nothing_changes(
    browser: Browser, riverside: Shop, engine: Engine, typed: str
) -> None:
    client, page = browser(riverside.region), f"/places/{riverside.store}/alerts"
    fine = {"bad_share": "1", "bad_share-minutes": "30", "bad_share-at_least": "6"}
    answer = send(client, page, **fine, **{"bad_share-percent": typed})
    assert answer.status_code == 422
    assert "A whole number from 1 to 100." in answer.text
    assert 'value="30"' in answer.text  # what was typed stands there still
    with engine.connect() as connection:
        assert own_policy(connection, riverside.store, "alerts") is None


def test_nobody_sees_to_it_that_they_are_not_told(browser: Browser, riverside: Shop, engine: Engine) -> None:
    client, page = browser(riverside.store), f"/places/{riverside.store}/alerts"
    shown = client.get(page).text
    assert "Only people of a place above Riverside change it." in shown
    assert "Keep it so" not in shown
    for typed in ({"battery": "1", "battery-millivolts": "500"}, {"above": "1"}):
        assert send(client, page, **typed).status_code == 403
    with engine.connect() as connection:
        assert own_policy(connection, riverside.store, "alerts") is None
