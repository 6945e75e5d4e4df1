"""The pages of releases, and the API beside them: without JavaScript, and nobody beyond their place."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, update
from werkzeug.test import TestResponse

from collector.accounts.tokens import make_token
from collector.fleet.tables import kiosk_placement
from tests.collector.console.test_store_page import words
from tests.collector.fleet.rollout.conftest import Region
from tests.collector.pages import send
from tests.factories import make_shop

Browser = Callable[[int], FlaskClient]
Send = Callable[..., TestResponse]
NAMES = [f"k-{number}" for number in range(6)]


def begun(region: Region, client: FlaskClient) -> str:
    """Begin a roll-out as a person does; the address of its page."""
    choose = f"/roll-outs/new?number=12&place={region.shop.region}"
    page = client.get(choose).text
    key, token = (re.search(rf'name="{name}" value="([^"]+)"', page) for name in ("key", "csrf_token"))
    assert key
    assert token
    form = {"csrf_token": token[1], "key": key[1], "number": "12", "place": str(region.shop.region)}
    answer = client.post("/roll-outs/new", data=form)
    assert client.post("/roll-outs/new", data=form).location == answer.location  # twice clicked
    return str(answer.location)


def changed(client: FlaskClient, path: str) -> TestResponse:
    return send(client, path, key="one")


def test_before_it_begins_it_is_said_who_is_affected_and_who_is_not(region: Region, browser: Browser) -> None:
    region.kiosks(*NAMES)
    region.kiosks("pico-1", board="pico_w")
    region.kiosks("old-1", release=None)
    client = browser(region.shop.organisation)
    assert "Release" in words(client.get("/kiosks").text)
    home = client.get("/releases").text
    assert "12 · 0.2.0 · virtual" in home
    assert "Region of Riverside" in home
    page = words(client.get(f"/roll-outs/new?number=12&place={region.shop.region}").text)
    assert "6 kiosks can take it: 6 × virtual (0.2.0)." in page
    assert re.search(r"First k-\d alone\.", page)
    assert "Then 2 kiosks" in page
    assert "2 kiosks cannot take it" in page
    assert "There is no release 12 for the board pico_w. 1: pico-1" in page
    assert "Its program is too old to be updated from afar. 1: old-1" in page
    assert client.get(f"/roll-outs/new?number=99&place={region.shop.region}").status_code == 404
    assert client.get("/roll-outs/new?number=x&place=").status_code == 404


def test_deeds_are_offered_to_those_who_may_do_them(region: Region, browser: Callable[..., FlaskClient]) -> None:
    region.kiosks(*NAMES)
    path = begun(region, browser(region.shop.organisation))
    assert f'href="{path}/end"' in browser(region.shop.organisation, "technician").get(path).text
    page = browser(region.shop.organisation, "head-office").get(path).text
    assert "Under way" in page
    assert f'href="{path}/' not in page


def test_each_step_of_each_kiosk_is_seen_and_it_is_taken_back_by_a_click(region: Region, browser: Browser) -> None:
    region.kiosks(*NAMES)
    client = browser(region.shop.organisation)
    path = begun(region, client)
    rollout_id = int(path.rpartition("/")[2])
    region.look(rollout_id)
    [first] = region.steps(rollout_id)
    region.say(first, update="Release 12: 1 of 3 files are here.")
    region.look(rollout_id)
    page = words(client.get(path).text)
    assert "Under way · One kiosk" in page
    assert "taking it" in page
    assert "Release 12: 1 of 3 files are here." in page
    assert words(client.get(f"{path}/now").text) in page
    region.say(first, update="Release 12 has gone back: it was started 3 times and did not prove itself.")
    region.look(rollout_id)
    page = words(client.get(path).text)
    assert "Halted" in page
    assert f"Of the one kiosk that was offered it 1 failed, and none may: {first}." in page

    assert "The kiosk that failed or fell silent does not count any more." in words(client.get(f"{path}/go-on").text)
    assert changed(client, f"{path}/go-on").location == path
    assert client.get(f"{path}/go-on").location == path  # there is nothing to go on with
    region.look(rollout_id)
    [second] = [name for name in region.steps(rollout_id) if name != first]
    region.take(second)
    region.look(rollout_id)
    asked = words(client.get(f"{path}/back").text)
    assert "The kiosk that runs it is told to run again what it ran before." in asked
    changed(client, f"{path}/back")
    page = words(client.get(path).text)
    assert "Taken back" in page
    assert "had its kiosks go back." in page


def test_nobody_sees_or_changes_a_rollout_beyond_their_place(region: Region, browser: Browser) -> None:
    region.kiosks(*NAMES)
    made = region.begin()
    with region.engine.begin() as connection:
        beside = make_shop(connection, "Hilltop", beside=region.shop)
    for stranger in (beside.region, region.shop.store):
        client = browser(stranger)
        for path in (f"/roll-outs/{made}", f"/roll-outs/{made}/now", f"/roll-outs/{made}/end"):
            assert client.get(path).status_code == 404
        assert client.get(f"/roll-outs/new?number=12&place={region.shop.region}").status_code == 404
        assert "Roll-outs" not in client.get("/releases").text
    assert browser(region.shop.region).get(f"/roll-outs/{made}").status_code == 200
    assert browser(region.shop.region).get(f"/roll-outs/{made}/explode").status_code == 404


def test_where_a_kiosk_is_that_has_moved_out_of_ones_place_is_not_told(region: Region, browser: Browser) -> None:
    region.kiosks(*NAMES)
    made = region.begin()
    with region.engine.begin() as connection:
        beside = make_shop(connection, "Hilltop", beside=region.shop)
        stands = kiosk_placement.c.kiosk_id == "k-2"
        connection.execute(update(kiosk_placement).where(stands).values(touchpoint_id=beside.exit))
    assert "Hilltop" in browser(region.shop.organisation).get(f"/roll-outs/{made}").text
    page = browser(region.shop.region).get(f"/roll-outs/{made}").text
    assert "k-2" in page
    assert "Hilltop" not in page


@pytest.fixture
def program(app: Flask, engine: Engine, region: Region) -> Callable[[int], Send]:
    def at(place_id: int) -> Send:
        with engine.begin() as connection:
            token = make_token(connection, "a program", ("read", "write"), place_id)

        def ask(method: str, path: str, body: object = None, key: str = "") -> TestResponse:
            headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
            return app.test_client().open(f"/api/v1/{path}", method=method, json=body, headers=headers)

        return ask

    return at


def test_a_program_begins_it_watches_it_and_ends_it(region: Region, program: Callable[[int], Send]) -> None:
    region.kiosks(*NAMES)
    ask = program(region.shop.region)
    body = {"number": 12, "place": region.shop.region, "plan": {"soak": 5}}
    assert ask("POST", "rollouts", body).status_code == 422  # without a key
    made = ask("POST", "rollouts", body, "a")
    assert (made.status_code, made.json["state"], made.json["plan"]["soak"], made.json["plan"]["silence"]) == (
        201,
        "running",
        5,
        1200,
    )
    assert ask("POST", "rollouts", body, "a").json == made.json
    assert ask("POST", "rollouts", {**body, "number": 13}, "a").status_code == 409
    assert ask("POST", "rollouts", body, "b").status_code == 409
    assert ask("POST", "rollouts", {**body, "place": region.shop.organisation}, "c").status_code == 422
    assert ask("POST", "rollouts", {**body, "plan": {"soak": -1}}, "d").status_code == 422
    region.look(made.json["id"])
    path = f"rollouts/{made.json['id']}"
    page = ask("GET", f"{path}?limit=4").json
    assert [item["state"] for item in page["items"]] == ["offered", "waiting", "waiting", "waiting"]
    assert page["rollout"]["stages"][0] == {"stage": 0, "kiosks": {"offered": 1}}
    rest = ask("GET", f"{path}?limit=4&after={page['next']}").json
    assert {item["kiosk"] for item in page["items"] + rest["items"]} == set(NAMES)
    assert rest["next"] is None
    assert ask("POST", f"{path}/go-on", key="e").json["state"] == "running"  # it does already
    assert ask("POST", f"{path}/end", key="f").json["state"] == "ended"
    assert ask("POST", f"{path}/end", key="f").json["state"] == "ended"
    assert ask("POST", f"{path}/back", key="g").json["state"] == "back"
    assert [item["state"] for item in ask("GET", "rollouts").json["items"]] == ["back"]
    stranger = program(region.shop.store)
    assert stranger("GET", path).status_code == stranger("POST", f"{path}/end", key="h").status_code == 404
    assert stranger("GET", "rollouts").json["items"] == []
