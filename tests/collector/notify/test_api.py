"""Webhooks as a program makes, watches and mends them."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from structlog.testing import capture_logs

from collector.notify.signature import secret_of
from collector.schema import metadata
from collector.settings import Settings
from simulators.webhook_receiver import Receiver
from tests.collector.notify.conftest import Asks, happens, relayed, working
from tests.conftest import free_ports
from tests.factories import Shop, make_shop

URL = "https://desk.example.com/smilepost?line=1"


@pytest.fixture
def head_office(asks: Callable[..., Asks], riverside: Shop) -> Asks:
    return asks(riverside.organisation)


def test_a_new_webhook_shows_its_secret_once(head_office: Asks, riverside: Shop, settings: Settings) -> None:
    made = head_office("POST", "webhooks", {"url": URL, "place": riverside.store})
    assert made.status_code == 201
    shown = dict(made.json)
    assert shown.pop("secret") == secret_of(settings.secret("webhooks"), shown["id"], 1)
    assert shown | {"created_at": None} == {
        "id": shown["id"],
        "url": URL,
        "place": riverside.store,
        "active": True,
        "secret_number": 1,
        "created_at": None,
    }
    assert head_office("GET", f"webhooks/{shown['id']}").json == shown
    assert head_office("GET", "webhooks").json == {"items": [shown], "next": None}


def test_without_a_place_it_is_the_tokens_own(asks: Callable[..., Asks], riverside: Shop) -> None:
    assert asks(riverside.region)("POST", "webhooks", {"url": URL}).json["place"] == riverside.region


def test_a_request_that_comes_again_makes_no_second_one(head_office: Asks, asks: Callable[..., Asks]) -> None:
    first = head_office("POST", "webhooks", {"url": URL}, key="one")
    again = head_office("POST", "webhooks", {"url": URL}, key="one")
    assert (first.status_code, first.json) == (again.status_code, again.json)
    other = head_office("POST", "webhooks", {"url": "https://desk.example.com/other"}, key="one")
    assert other.status_code == 422
    assert "Idempotency-Key" in other.json["detail"]
    assert len(head_office("GET", "webhooks").json["items"]) == 1
    assert head_office("POST", "webhooks", {"url": URL}, key="two").json["id"] != first.json["id"]


def test_keys_of_different_places_do_not_meet(asks: Callable[..., Asks], riverside: Shop) -> None:
    made = [asks(place)("POST", "webhooks", {"url": URL}, key="one") for place in (riverside.region, riverside.store)]
    assert [each.status_code for each in made] == [201, 201]
    assert made[0].json["secret"] != made[1].json["secret"]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://desk.example.com/", "Use https"),
        ("http://192.0.2.7/", "Use https"),
        ("https://name:word@desk.example.com/", "Leave name and password out"),
        ("http://localhost@desk.example.com/", "Leave name and password out"),
        ("ftp://desk.example.com/", "not an address"),
        ("file:///etc/passwd", "not an address"),
        ("https:///events", "not an address"),
        ("https://desk.example.com:port/", "not an address"),
        ("https://desk.example.com/a\r\nb: c", "not an address"),
        ("https://desk.example.com/\0", "no text"),
        ("https://desk.example.com/\ud800", "no text"),
        (f"https://{'a' * 64}.example.com/", "not an address"),
        ("desk.example.com", "not an address"),
    ],
)
def test_where_nothing_is_sent_to(head_office: Asks, url: str, why: str) -> None:
    answer = head_office("POST", "webhooks", {"url": url})
    assert answer.status_code == 422
    assert why in answer.json["errors"][0]["detail"]


@pytest.mark.parametrize("url", ["http://localhost:9000/", "http://127.0.0.1/", "http://[::1]:9000/", URL])
def test_where_something_is_sent_to(head_office: Asks, url: str) -> None:
    assert head_office("POST", "webhooks", {"url": url}).status_code == 201


def test_nobody_reaches_another_places_webhooks(engine: Engine, asks: Callable[..., Asks], riverside: Shop) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    theirs = asks(riverside.region)("POST", "webhooks", {"url": URL}).json["id"]
    neighbour, below = asks(hillside.region), asks(riverside.store)
    for ask in (neighbour, below):
        assert ask("GET", "webhooks").json["items"] == []
        assert ask("POST", "webhooks", {"url": URL, "place": riverside.region}).status_code == 422
        for method, path, json in [
            ("GET", "", None),
            ("DELETE", "", None),
            ("POST", "/rotate", None),
            ("GET", "/deliveries", None),
            ("POST", "/replay", {}),
        ]:
            assert ask(method, f"webhooks/{theirs}{path}", json).status_code == 404
    assert asks(riverside.organisation)("GET", f"webhooks/{theirs}").json["active"] is True


def test_reading_is_not_writing(asks: Callable[..., Asks], riverside: Shop) -> None:
    reader = asks(riverside.organisation, "read")
    assert reader("POST", "webhooks", {"url": URL}).status_code == 403
    assert reader("GET", "webhooks").status_code == 200
    assert asks(riverside.organisation, "write")("GET", "webhooks").status_code == 403


def test_a_browser_is_not_led_to_make_one(browser: Callable[[int], FlaskClient], riverside: Shop) -> None:
    client = browser(riverside.organisation)
    assert client.post("/api/v1/webhooks", json={"url": URL}).status_code == 400
    assert client.get("/api/v1/webhooks").json["items"] == []


def test_a_rotation_gives_the_next_secret_once(head_office: Asks, settings: Settings) -> None:
    made = head_office("POST", "webhooks", {"url": URL}).json
    path = f"webhooks/{made['id']}/rotate"
    rotated = head_office("POST", path, key="one")
    assert rotated.status_code == 200
    assert rotated.json["secret"] == secret_of(settings.secret("webhooks"), made["id"], 2) != made["secret"]
    assert head_office("POST", path, key="one").json == rotated.json
    assert head_office("POST", path, key="two").json["secret_number"] == 3
    assert head_office("POST", path).json["secret_number"] == 4


def test_what_no_key_and_no_event_is(head_office: Asks) -> None:
    assert head_office("POST", "webhooks", {"url": URL}, key="k" * 201).status_code == 422
    webhook_id = head_office("POST", "webhooks", {"url": URL}).json["id"]
    assert head_office("POST", f"webhooks/{webhook_id}/replay", {"event": "\0"}).status_code == 422


def test_what_is_switched_off_hears_nothing_more(
    engine: Engine, head_office: Asks, riverside: Shop, settings: Settings
) -> None:
    webhook_id = head_office("POST", "webhooks", {"url": URL}).json["id"]
    with engine.begin() as connection:
        happens(connection, riverside, 1)
    for _ in range(2):
        off = head_office("DELETE", f"webhooks/{webhook_id}")
        assert (off.status_code, off.json["active"]) == (200, False)
    (dead,) = head_office("GET", f"webhooks/{webhook_id}/deliveries").json["items"]
    assert (dead["state"], dead["attempts"], dead["outcome"]) == ("failed", 0, "The webhook was switched off.")
    answer = head_office("POST", f"webhooks/{webhook_id}/rotate")
    assert answer.status_code == 409
    assert "switched off" in answer.json["detail"]


def test_replay_switches_on_again(engine: Engine, head_office: Asks, riverside: Shop, settings: Settings) -> None:
    webhook_id = head_office("POST", "webhooks", {"url": URL}).json["id"]
    with engine.begin() as connection:
        happens(connection, riverside, 1)
    head_office("DELETE", f"webhooks/{webhook_id}")
    assert head_office("POST", f"webhooks/{webhook_id}/replay", {}).json == {"queued": 1}
    assert head_office("GET", f"webhooks/{webhook_id}").json["active"] is True
    (again,) = head_office("GET", f"webhooks/{webhook_id}/deliveries").json["items"]
    assert again["state"] == "queued"


def test_deliveries_in_pages_and_dead_letters_sent_again(
    engine: Engine,
    head_office: Asks,
    riverside: Shop,
    settings: Settings,
    receives: Callable[..., tuple[int, Receiver, int]],
) -> None:
    webhook_id, receiver, port = receives(riverside.region, 500)
    path = f"webhooks/{webhook_id}"
    with engine.begin() as connection:
        expected = [happens(connection, riverside, number) for number in range(3)]
    with receiver.running(port):
        with working(settings, engine, schedule=()):
            assert receiver.wait_for(lambda: len(receiver.requests) == 3)
        page = head_office("GET", f"{path}/deliveries", limit=2).json
        rest = head_office("GET", f"{path}/deliveries", limit=2, after=page["next"]).json
        assert [each["event"] for each in page["items"] + rest["items"]] == expected
        assert rest["next"] is None
        assert rest["items"][0]["state"] == "failed"
        assert rest["items"][0]["outcome"] == "The receiver answered 500. Tried 1 times."

        receiver.status = 204
        assert head_office("POST", f"{path}/replay", {"event": expected[1]}).json == {"queued": 1}
        assert head_office("POST", f"{path}/replay", {"event": "none"}).json == {"queued": 0}
        assert head_office("POST", f"{path}/replay", {}).json == {"queued": 2}
        with working(settings, engine):
            assert receiver.wait_for(lambda: len(receiver.events) == 3)
    assert head_office("GET", f"{path}/deliveries", state="failed").json["items"] == []
    done = head_office("GET", f"{path}/deliveries", state="done").json["items"]
    assert [(each["attempts"], each["outcome"]) for each in done] == [(1, None)] * 3


def test_the_secret_is_nowhere_but_in_the_answer(
    engine: Engine, head_office: Asks, riverside: Shop, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    (port,) = free_ports(1)
    with capture_logs() as logs:
        made = head_office("POST", "webhooks", {"url": f"http://127.0.0.1:{port}/"}).json
        rotated = head_office("POST", f"webhooks/{made['id']}/rotate").json
        receiver = Receiver([rotated["secret"]])
        with engine.begin() as connection:
            happens(connection, riverside, 1)
        relayed(engine)
        with receiver.running(port), working(settings, engine):
            assert receiver.wait_for(lambda: len(receiver.events) == 1)
        read = [
            head_office("GET", path).text
            for path in ("webhooks", f"webhooks/{made['id']}", f"webhooks/{made['id']}/deliveries", "cases/feed")
        ]
    assert logs
    tables = [table.select() for table in metadata.sorted_tables]
    with engine.connect() as connection:
        rows = [str(connection.execute(query).all()) for query in tables]
    everything = "".join([*rows, *read, str(logs), *capfd.readouterr(), str(receiver.messages)])
    assert "case-1-opened" in everything
    for secret in (made["secret"], rotated["secret"], settings.secret("webhooks")):
        assert secret.removeprefix("whsec_").rstrip("=") not in everything
