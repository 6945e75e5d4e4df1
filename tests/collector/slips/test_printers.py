"""Setting printers up from the console: adding, changing, taking away; each for their own stores alone."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, select, update
from werkzeug.test import TestResponse

from collector.accounts.secrets import digest
from collector.fleet.tables import kiosk_status
from collector.queue.tables import job
from collector.slips import printers
from collector.slips.spool import slip_of
from collector.slips.tables import printer
from tests.collector.customers import words
from tests.collector.pages import send
from tests.factories import NOW, Shop, make_kiosk, make_shop

Browser = Callable[[int], FlaskClient]
NETWORK = {"way": "tcp", "host": "192.168.1.50", "port": "9100", "profile": "epson-80"}
STAR = {"way": "cloudprnt", "profile": "star-80"}


def add(client: FlaskClient, shop: Shop, **typed: str) -> TestResponse:
    return send(client, f"/stores/{shop.store}/printers/new", **{"name": "Counter", **NETWORK, **typed})


def change(client: FlaskClient, printer_id: int, **typed: str) -> TestResponse:
    return send(client, f"/printers/{printer_id}/change", **{"name": "Counter", **NETWORK, **typed})


def press(client: FlaskClient, printer_id: int, button: str) -> TestResponse:
    """Press a button on a printer's page."""
    found = re.search(
        rf'action="/printers/{printer_id}/{button}">(.*?)</form>', client.get(f"/printers/{printer_id}").text, re.DOTALL
    )
    assert found, button
    data = dict(re.findall(r'name="(\w+)" value="([^"]+)"', found[1]))
    return client.post(f"/printers/{printer_id}/{button}", data=data)


@pytest.fixture
def stored(engine: Engine) -> Callable[[], list[Any]]:
    """All printers, oldest first."""

    def rows() -> list[Any]:
        with engine.connect() as connection:
            return list(connection.execute(select(printer).order_by(printer.c.id)))

    return rows


Stored = Callable[[], list[Any]]


def test_a_printer_is_added_and_shown(browser: Browser, riverside: Shop, stored: Stored) -> None:
    client = browser(riverside.store)
    assert "No printer stands here yet." in words(client.get(f"/stores/{riverside.store}/printers"))
    answer = add(client, riverside, name=" Checkout  2 ", code_page="cp852")
    [row] = stored()
    assert answer.location == f"/printers/{row.id}"
    assert (row.name, row.address, row.profile) == ("Checkout 2", "tcp://192.168.1.50:9100", "epson-80")
    assert (row.code_page, row.secret_hash, row.store_id) == ("cp852", None, riverside.store)
    shown = words(client.get(f"/printers/{row.id}"))
    assert "The printer at Checkout 2 has not been heard of yet." in shown
    assert "Connection network, 192.168.1.50 Kind Epson TM, 80 mm" in shown
    assert "Letters CP852, Central European" in shown
    assert "Checkout 2 Epson TM, 80 mm network, 192.168.1.50" in words(
        client.get(f"/stores/{riverside.store}/printers")
    )
    assert "printer at Checkout 2" in words(client.get(f"/stores/{riverside.store}"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": " "}, "Say where it stands, in at most 60 letters."),
        ({"name": "x" * 61}, "Say where it stands"),
        ({"name": "Coun\u202eter"}, "Say where it stands"),
        ({"way": ""}, "Choose how it is connected."),
        ({"host": "192.168.1"}, "Write its address in the network"),
        ({"port": "99999"}, "A port is a number from 1 to 65535"),
        ({"way": "usb", "usb": "/etc/passwd"}, "Write the device as Linux names it"),
        ({"way": "kiosk", "kiosk": "hillside-exit"}, "Choose a Raspberry Pi kiosk of this store."),
        ({"profile": ""}, "Choose what kind of printer it is."),
        ({"profile": "epson-t88", "code_page": "cp1251"}, "This kind has not these letters."),
    ],
)
def test_what_does_not_fit_is_said_where_it_stands(
    browser: Browser, riverside: Shop, stored: Stored, typed: dict[str, str], said: str
) -> None:
    answer = add(browser(riverside.organisation), riverside, **typed)
    assert answer.status_code == 422
    assert "One thing is still open: it is marked below." in words(answer)
    assert said in words(answer)
    assert stored() == []
    # What was typed well is still there.
    if "profile" not in typed:
        assert '<option value="epson-80" selected>' in answer.text
    if "name" not in typed:
        assert 'value="Counter"' in answer.text


def test_names_are_one_in_a_store_and_a_double_tap_is_one_printer(
    browser: Browser, engine: Engine, riverside: Shop, stored: Stored
) -> None:
    client = browser(riverside.organisation)
    first = add(client, riverside).location
    assert add(client, riverside).location == first
    refused = add(client, riverside, host="192.168.1.51")
    assert (refused.status_code, len(stored())) == (422, 1)
    assert "Another printer of this store is called that." in words(refused)
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    assert add(client, hillside).status_code == 302
    other = add(client, riverside, name="Exit", host="192.168.1.51")
    assert change(client, int(other.location.rpartition("/")[2])).status_code == 422
    press(client, stored()[0].id, "take-away")
    assert add(client, riverside, host="192.168.1.52").status_code == 302


@pytest.mark.parametrize(
    "typed",
    [
        {"host": "127.0.0.1"},
        {"host": "LOCALHOST"},
        {"way": "usb", "usb": "/dev/usb/lp0"},
        {"way": "serial", "serial": "/dev/ttyUSB0", "baud": "19200"},
    ],
)
def test_the_collectors_own_machine_is_the_organisations(
    browser: Browser, riverside: Shop, stored: Stored, typed: dict[str, str]
) -> None:
    own = browser(riverside.store)
    refused = add(own, riverside, **typed)
    assert refused.status_code == 422
    assert "is for the organisation's people to choose" in words(refused)
    assert "USB cable" not in words(own.get(f"/stores/{riverside.store}/printers/new"))
    head = browser(riverside.organisation)
    assert "USB cable" in words(head.get(f"/stores/{riverside.store}/printers/new"))
    assert add(head, riverside, **typed).status_code == 302
    # What the organisation has chosen may stay when the store changes something else.
    [row] = stored()
    assert change(own, row.id, **{"name": "Desk", **typed}).status_code == 302
    assert change(own, row.id, **{"name": "Desk", "host": "127.0.0.2"}).status_code == 422
    assert [each.name for each in stored()] == ["Desk"]


def test_a_printer_behind_a_kiosk(browser: Browser, engine: Engine, riverside: Shop, stored: Stored) -> None:
    client = browser(riverside.store)
    assert "At a Raspberry Pi kiosk" not in words(client.get(f"/stores/{riverside.store}/printers/new"))
    with engine.begin() as connection:
        make_kiosk(connection, riverside, "riverside-exit", health={"board": "raspberry_pi", "printer": "ready"})
        make_kiosk(connection, riverside, "riverside-pico", health={"board": "pico_w"})
        make_kiosk(connection, make_shop(connection, "Hillside", beside=riverside), "hillside-exit")
    page = client.get(f"/stores/{riverside.store}/printers/new").text
    assert re.findall(r'<option value="([\w-]+side-\w+)"', page) == ["riverside-exit"]
    assert add(client, riverside, way="kiosk", kiosk="riverside-pico").status_code == 422
    add(client, riverside, way="kiosk", kiosk="riverside-exit")
    [row] = stored()
    assert row.address == "kiosk://riverside-exit"
    assert "has not said yet how the printer at Counter is" in words(client.get(f"/printers/{row.id}"))
    with engine.begin() as connection:
        connection.execute(update(printer).values(state="ready", seen_at=NOW - timedelta(days=1)))
    assert "The printer at Counter is ready." in words(client.get(f"/printers/{row.id}"))
    # One whose printing does not work says nothing of a printer.
    with engine.begin() as connection:
        connection.execute(update(kiosk_status).values(health={"board": "raspberry_pi"}))
    said = "The kiosk riverside-exit cannot reach the printer at Counter: is it switched on, is its cable plugged in,"
    assert said in words(client.get(f"/printers/{row.id}"))
    client.application.extensions["now"] = lambda: NOW + timedelta(minutes=10)
    assert "The kiosk riverside-exit, which brings slips" in words(client.get(f"/stores/{riverside.store}"))


@pytest.mark.parametrize(
    ("kind", "path"), [(STAR, "cloudprnt"), ({"way": "epson-sdp", "profile": "epson-80"}, "epson")]
)
def test_a_printer_that_fetches_gets_an_address_shown_once(
    browser: Browser, riverside: Shop, stored: Stored, kind: dict[str, str], path: str
) -> None:
    client = browser(riverside.store)
    secrets = []

    def secret_on(page: TestResponse) -> str:
        [secret] = re.findall(rf'<pre id="address">http://localhost:\d+/print/([a-z2-7]{{32}})/{path}</pre>', page.text)
        secrets.append(secret)
        return str(secret)

    added = add(client, riverside, **kind)
    assert "It is shown this once" in words(added)
    assert "first set url in smilepost.toml" in words(added)
    [row] = stored()
    assert row.secret_hash == digest(secret_on(added))
    assert 'id="address"' not in client.get(f"/printers/{row.id}").text
    assert "has not called yet. Type its address" in words(client.get(f"/printers/{row.id}"))
    again = press(client, row.id, "secret")
    assert stored()[0].secret_hash == digest(secret_on(again))
    assert secrets[0] != secrets[1]
    # The name may change without a new address; another connection makes the old one void.
    assert change(client, row.id, **{"name": "Desk", **kind}).status_code == 302
    assert stored()[0].secret_hash == digest(secrets[1])
    change(client, row.id)
    assert stored()[0].secret_hash is None
    assert client.post(f"/printers/{row.id}/secret").status_code == 400
    assert "New address" not in words(client.get(f"/printers/{row.id}"))


def test_a_printer_that_fetches_is_away_when_it_does_not_call(
    browser: Browser, engine: Engine, riverside: Shop, stored: Stored
) -> None:
    client = browser(riverside.store)
    add(client, riverside, **STAR)
    [row] = stored()
    for minutes, said in (
        (1, "The paper in the printer at Counter is nearly used up"),
        (3, "has not called since 11:49"),
    ):
        with engine.begin() as connection:
            seen = {"state": "paper_low", "seen_at": NOW - timedelta(minutes=minutes)}
            connection.execute(update(printer).values(seen))
        assert said in words(client.get(f"/printers/{row.id}"))


def test_a_printer_that_nobody_looks_at_is_not_said_to_be_ready(
    browser: Browser, engine: Engine, riverside: Shop, stored: Stored
) -> None:
    client = browser(riverside.store)
    add(client, riverside)
    with engine.begin() as connection:
        connection.execute(update(printer).values(state="ready", seen_at=NOW - timedelta(minutes=6)))
    said = "Nobody has looked at the printer at Counter since 11:46: is Smilepost's printing part running?"
    assert said in words(client.get(f"/stores/{riverside.store}"))


@pytest.fixture
def queued(engine: Engine) -> Callable[[int, str], int]:
    """Puts a slip into the queue for a printer."""

    def put(printer_id: int, state: str = "queued") -> int:
        values = {
            "kind": "print",
            "target": f"printer/{printer_id}",
            "key": state,
            "payload": {"printer": printer_id, "self_test": True},
            "state": state,
            "expires_at": NOW + timedelta(minutes=10),
        }
        with engine.begin() as connection:
            return int(connection.execute(insert(job).values(values).returning(job.c.id)).scalar_one())

    return put


def test_what_waits_goes_the_new_way(
    browser: Browser, engine: Engine, riverside: Shop, stored: Stored, queued: Callable[..., int]
) -> None:
    client = browser(riverside.store)
    add(client, riverside)
    [row] = stored()
    with engine.begin() as connection:
        connection.execute(update(printer).values(state="paper_out", seen_at=NOW))
    waits, under_way = queued(row.id), queued(row.id, "sending")
    change(client, row.id, name="Desk")
    assert stored()[0].state == "paper_out"
    change(client, row.id, **STAR)
    assert (stored()[0].state, stored()[0].seen_at) == ("unknown", None)
    with engine.connect() as connection:
        kinds = dict(connection.execute(select(job.c.id, job.c.kind)).all())
    assert kinds == {waits: "fetch", under_way: "print"}


def test_a_printer_is_taken_away(
    browser: Browser, engine: Engine, riverside: Shop, stored: Stored, queued: Callable[..., int]
) -> None:
    client = browser(riverside.store)
    add(client, riverside, **STAR)
    [row] = stored()
    ids = [queued(row.id, state) for state in ("queued", "sending", "done", "unknown")]
    answer = press(client, row.id, "take-away")
    assert answer.location == f"/stores/{riverside.store}/printers"
    assert "The printer at Counter was taken away." in words(client.get(answer.location))
    assert stored()[0].secret_hash is None
    with engine.connect() as connection:
        jobs = {each.id: each for each in connection.execute(select(job))}
    assert [jobs[each].state for each in ids] == ["failed", "sending", "done", "unknown"]
    assert jobs[ids[0]].outcome == "The printer was taken away before the slip was printed."
    assert client.get(f"/printers/{row.id}").status_code == 404
    assert "Counter" not in words(client.get(f"/stores/{riverside.store}"))
    assert "Test page · Counter" in words(client.get(f"/stores/{riverside.store}/print-jobs"))


def test_a_slip_that_is_unsure_is_said_wherever_its_printer_is(
    browser: Browser, riverside: Shop, stored: Stored, queued: Callable[..., int]
) -> None:
    client = browser(riverside.store)
    add(client, riverside)
    [row] = stored()
    queued(row.id, "unknown")
    for page in (f"/stores/{riverside.store}/printers", f"/printers/{row.id}", f"/stores/{riverside.store}"):
        assert "1 slip needs a look" in words(client.get(page))


def test_a_test_page_is_one_however_often_it_is_tapped(
    browser: Browser, engine: Engine, riverside: Shop, stored: Stored
) -> None:
    client = browser(riverside.store)
    add(client, riverside)
    [row] = stored()
    page, action = f"/printers/{row.id}", f"/printers/{row.id}/test-page"
    found = re.search(rf'action="{action}">(.*?)</form>', client.get(page).text, re.DOTALL)
    assert found
    data = dict(re.findall(r'name="(\w+)" value="([^"]+)"', found[1]))
    for _ in range(2):
        assert client.post(action, data=data).location == page
    with engine.connect() as connection:
        [queued] = connection.execute(select(job)).all()
    assert queued.payload["printer"] == row.id
    assert slip_of(queued.payload) is None
    assert "Test page · The slip is on its way." in words(client.get(page))
    assert words(client.get(f"{page}/now")).startswith("How it is")
    assert client.post(action, data={**data, "key": ""}).status_code == 400


def test_each_sets_up_their_own(
    browser: Browser, visitor: FlaskClient, engine: Engine, riverside: Shop, stored: Stored
) -> None:
    own = browser(riverside.store)
    add(own, riverside)
    [row] = stored()
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    neighbour = browser(hillside.region)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', neighbour.get(f"/stores/{hillside.store}").text)[0]
    paths = [f"/printers/{row.id}{path}" for path in ("", "/now", "/change")]
    for path in (f"/stores/{riverside.store}/printers", f"/stores/{riverside.store}/printers/new", *paths):
        assert neighbour.get(path).status_code == 404, path
        assert "/sign-in" in visitor.get(path).location
    for path in ("change", "secret", "test-page", "take-away"):
        data = {"csrf_token": token, "key": "k", "name": "Mine", **NETWORK}
        assert neighbour.post(f"/printers/{row.id}/{path}", data=data).status_code == 404, path
        assert own.post(f"/printers/{row.id}/{path}", data={"key": "k"}).status_code == 400  # no form of ours
    assert [(each.name, each.retired_at) for each in stored()] == [("Counter", None)]


def test_open_pages_are_told(engine: Engine, riverside: Shop) -> None:
    setup = printers.Setup("Counter", "tcp://192.168.1.50:9100", "epson-80")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as ears:
        driver = ears.connection.driver_connection
        driver.execute("LISTEN stores")
        with engine.begin() as connection:
            printer_id = printers.add(connection, riverside.store, setup)
            printers.change(connection, printer_id, setup, NOW)
            printers.new_secret(connection, printer_id)
            printers.take_away(connection, printer_id, "Ann", NOW)
        heard = list(driver.notifies(timeout=5, stop_after=1))
    assert [str(riverside.store) in each.payload for each in heard] == [True]
