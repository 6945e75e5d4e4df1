"""Slips and print jobs as a till or another system meets them."""

import base64
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import zxingcpp
from flask import Flask
from PIL import Image, ImageDraw
from sqlalchemy import Engine, insert, select, update
from werkzeug.test import TestResponse

from collector.accounts.tokens import make_token
from collector.links.tables import receipt
from collector.places.tables import touchpoint
from collector.queue.tables import job
from collector.slips.printers import take_away
from collector.slips.spool import print_self_test, slip_of
from collector.slips.style import set_language
from collector.slips.tables import printer
from printer.profiles import PROFILES
from tests.collector.customers import Phone
from tests.factories import NOW, Shop, make_shop
from tests.printer.makes import Printed
from tests.printer.paper import check

Ask = Callable[..., TestResponse]


@pytest.fixture
def till(app: Flask, engine: Engine) -> Callable[..., Ask]:
    """Makes a program with a token of a place; call it with a path below /api/v1, a body for a POST, and a key."""

    def with_token(place_id: int, *scopes: str) -> Ask:
        with engine.begin() as connection:
            token = make_token(connection, "till 2", scopes or ("read", "write"), place_id)

        def ask(path: str, json: Any = None, key: str | None = None, **query: Any) -> TestResponse:
            headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
            method = "GET" if json is None else "POST"
            client = app.test_client()
            return client.open(f"/api/v1/{path}", method=method, json=json, query_string=query, headers=headers)

        return ask

    return with_token


@pytest.fixture
def make_printer(engine: Engine) -> Callable[..., int]:
    def make(store_id: int, name: str = "Counter", **more: Any) -> int:
        values = {"store_id": store_id, "name": name, "address": "tcp://127.0.0.1:1", "profile": "epson-80", **more}
        with engine.begin() as connection:
            return int(connection.execute(insert(printer).values(values).returning(printer.c.id)).scalar_one())

    return make


@pytest.fixture
def counter(make_printer: Callable[..., int], riverside: Shop) -> int:
    """Riverside's only printer."""
    return make_printer(riverside.store)


@pytest.fixture
def issued(till: Callable[..., Ask], riverside: Shop, counter: int) -> int:
    """The print job of a slip of Riverside."""
    return int(till(riverside.store)("slips", {"store": riverside.store}, key="issued").json["print_job"])


def come_to(engine: Engine, job_id: int, state: str, outcome: str | None = None) -> None:
    with engine.begin() as connection:
        ended = update(job).where(job.c.id == job_id).values(state=state, outcome=outcome, finished_at=NOW)
        connection.execute(ended)


def read_back(svg: str) -> str:
    """What a phone reads from the picture."""
    side = int(re.findall(r'viewBox="0 0 (\d+) ', svg)[0])
    image = Image.new("L", (side * 4, side * 4), 255)
    draw = ImageDraw.Draw(image)
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", svg):
        draw.rectangle((int(x) * 4, int(y) * 4, int(x) * 4 + 3, int(y) * 4 + 3), fill=0)
    [code] = zxingcpp.read_barcodes(image)
    return str(code.text)


def scan(png: bytes) -> list[str]:
    """What a phone reads from a picture."""
    return [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))]


def test_a_slip_for_a_receipt(
    till: Callable[..., Ask], phone: Phone, engine: Engine, riverside: Shop, counter: int
) -> None:
    ask = till(riverside.store)
    answer = ask("slips", {"store": riverside.store, "reference": "0042", "touchpoint": riverside.checkout}, key="a")
    assert answer.status_code == 201
    slip = answer.json
    assert slip["link"].endswith(f"/Q/{slip['code']}")
    assert read_back(slip["qr"]["svg"]) == slip["link"]
    assert phone.scan(slip["code"]).status_code == 200
    shown = ask(f"print-jobs/{slip['print_job']}").json
    assert shown | {"created_at": None} == {
        "id": slip["print_job"],
        "store": riverside.store,
        "printer": counter,
        "kind": "review",
        "link": slip["link"],
        "reference": "0042",
        "copy": False,
        "state": "queued",
        "outcome": None,
        "created_at": None,
        "finished_at": None,
    }
    with engine.connect() as connection:
        [row] = connection.execute(select(receipt))
    assert (row.reference, row.touchpoint_id) == ("0042", riverside.checkout)


@pytest.mark.parametrize("more", [{}, {"printer": None}])
def test_the_same_key_is_the_same_slip(
    till: Callable[..., Ask], engine: Engine, riverside: Shop, counter: int, more: dict[str, Any]
) -> None:
    ask, asked = till(riverside.store), {"store": riverside.store, "reference": "0042", **more}
    first, again = (ask("slips", asked, key="a") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert (first.json["print_job"] is None) == ("printer" in more)
    others: list[dict[str, Any]] = [
        {"reference": "0043"},
        {"touchpoint": riverside.exit},
        {"printer": counter if more else None},
        {"language": "de"},
    ]
    for other in others:
        refused = ask("slips", asked | other, key="a")
        assert refused.status_code == 422
        assert "Idempotency-Key" in refused.json["detail"]
    with engine.connect() as connection:
        assert len(connection.execute(select(receipt)).all()) == 1
        assert len(connection.execute(select(job)).all()) == (0 if more else 1)
    assert ask("slips", asked, key="b").json["code"] != first.json["code"]
    assert till(riverside.region)("slips", asked, key="a").json["code"] != first.json["code"]
    if more:
        del asked["printer"]  # the link alone is not a slip of the store's printer
        assert ask("slips", asked, key="a").status_code == 422


@pytest.mark.parametrize("more", [{}, {"printer": None}])
def test_a_repeat_is_the_same_whatever_has_changed(
    till: Callable[..., Ask],
    engine: Engine,
    riverside: Shop,
    counter: int,
    make_printer: Callable[..., int],
    more: dict[str, Any],
) -> None:
    ask, asked = till(riverside.store), {"store": riverside.store, "touchpoint": riverside.exit, **more}
    first = ask("slips", asked, key="a")
    make_printer(riverside.store, "Checkout 2")  # now it would have to be named
    with engine.begin() as connection:
        set_language(connection, riverside.store, "pl", "Olena")
        hillside = make_shop(connection, "Hillside", beside=riverside)
        moved = update(touchpoint).where(touchpoint.c.id == riverside.exit)
        connection.execute(moved.values(store_id=hillside.store, name="Elsewhere"))
    again = ask("slips", asked, key="a")
    assert (again.status_code, again.json) == (200, first.json)
    if not more:
        text = Printed(base64.b64decode(again.json["qr"]["escpos"]), PROFILES["epson-80"]).text
        assert any("Скануйте" in line for line in text)
        with engine.begin() as connection:
            take_away(connection, counter, "Ann", NOW)
        assert ask("slips", asked, key="a").json == first.json


@pytest.mark.parametrize("changed", [{"profile": "smoke"}, {"code_page": "cp437"}])
def test_a_printer_that_is_set_up_wrongly_holds_up_no_link(
    till: Callable[..., Ask], riverside: Shop, make_printer: Callable[..., int], changed: dict[str, str]
) -> None:
    """Where it is printed somebody is told."""
    make_printer(riverside.store, **changed)
    answer = till(riverside.store)("slips", {"store": riverside.store}, key="a")
    assert (answer.status_code, scan(base64.b64decode(answer.json["qr"]["png"]))) == (201, [answer.json["link"]])
    [strip] = Printed(base64.b64decode(answer.json["qr"]["escpos"]), PROFILES["other-58"]).strips
    assert check(strip.png, strip.text).clean == [answer.json["link"]]


def test_the_same_code_in_every_form(
    till: Callable[..., Ask], riverside: Shop, make_printer: Callable[..., int]
) -> None:
    ask = till(riverside.store)
    asked = {"store": riverside.store, "reference": "0042", "printer": None}
    kinds = ((None, "other-58"), ("epson-80", "epson-80"), ("xprinter-80", "xprinter-80"))
    for at, (profile, kind) in enumerate(kinds):
        slip = ask("slips", {**asked, "profile": profile, "language": "en"}, key=str(at)).json
        assert scan(base64.b64decode(slip["qr"]["png"])) == [slip["link"]]
        printed = Printed(base64.b64decode(slip["qr"]["escpos"]), PROFILES[kind])
        [strip] = printed.strips  # nothing was cut
        assert check(strip.png, strip.text).clean == [slip["link"]]
    # Without a kind it is for the printer that prints it, as that is set up.
    make_printer(riverside.store, profile="epson-80", code_page="cp1251")
    slip = ask("slips", {"store": riverside.store, "reference": "0042", "language": "en"}, key="printed").json
    [strip] = Printed(base64.b64decode(slip["qr"]["escpos"]), PROFILES["epson-80"]).strips
    assert check(strip.png, strip.text).clean == [slip["link"]]
    assert "How was it today?" in strip.text
    assert "Receipt 0042" in strip.text


def test_a_link_that_is_too_long_for_paper_has_no_bytes(
    make_app: Callable[..., Flask], engine: Engine, riverside: Shop
) -> None:
    app = make_app(url=f"https://{'a' * 60}.{'b' * 60}.{'c' * 60}.example")
    with engine.begin() as connection:
        token = make_token(connection, "till 2", ("read", "write"), riverside.store)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "a"}
    body = {"store": riverside.store, "printer": None}
    answer = app.test_client().post("/api/v1/slips", json=body, headers=headers)
    assert (answer.status_code, answer.json["qr"]["escpos"]) == (201, None)
    assert read_back(answer.json["qr"]["svg"]) == answer.json["link"]


@pytest.mark.parametrize(("asked", "field"), [({"language": "tlh"}, "language"), ({"profile": "smoke"}, "profile")])
def test_only_languages_and_kinds_that_there_are(
    till: Callable[..., Ask], riverside: Shop, counter: int, asked: dict[str, str], field: str
) -> None:
    refused = till(riverside.store)("slips", {"store": riverside.store, **asked}, key="a")
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json["errors"]] == [field]


def test_a_slip_speaks_the_language_that_is_asked_for(
    till: Callable[..., Ask], engine: Engine, riverside: Shop, counter: int
) -> None:
    ask, asked = till(riverside.store), {"store": riverside.store, "language": "pl"}
    assert ask("slips", asked, key="a").status_code == 201
    with engine.connect() as connection:
        slip = slip_of(connection.execute(select(job.c.payload)).scalar_one())
    assert slip
    assert slip.language == "pl"
    assert ask("slips", asked, key="a").status_code == 200
    assert ask("slips", {"store": riverside.store}, key="a").status_code == 200
    refused = ask("slips", asked | {"language": "de"}, key="a")
    assert (refused.status_code, "Idempotency-Key" in refused.json["detail"]) == (422, True)


@pytest.mark.parametrize("key", [None, "k" * 201])
def test_a_key_is_needed(till: Callable[..., Ask], riverside: Shop, issued: int, key: str | None) -> None:
    ask = till(riverside.store)
    for path, body in (("slips", {"store": riverside.store}), (f"print-jobs/{issued}/reprint", {})):
        refused = ask(path, body, key=key)
        assert refused.status_code == 422
        assert refused.content_type == "application/problem+json"
        assert "Idempotency-Key" in refused.json["detail"]


@pytest.mark.parametrize("reference", ["00\x0042", "0042\udfff", "x" * 101])
def test_a_reference_is_text(
    till: Callable[..., Ask], engine: Engine, riverside: Shop, counter: int, reference: str
) -> None:
    refused = till(riverside.store)("slips", {"store": riverside.store, "reference": reference}, key="a")
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json["errors"]] == ["reference"]
    with engine.connect() as connection:
        assert connection.execute(select(receipt)).all() == []


@pytest.mark.parametrize(("typed", "kept"), [("  ", None), (None, None), (" 0042\n", "0042")])
def test_space_around_a_reference_does_not_count(
    till: Callable[..., Ask], riverside: Shop, counter: int, typed: str | None, kept: str | None
) -> None:
    ask = till(riverside.store)
    slip = ask("slips", {"store": riverside.store, "reference": typed}, key="a").json
    assert ask(f"print-jobs/{slip['print_job']}").json["reference"] == kept


def test_which_printer(
    till: Callable[..., Ask], engine: Engine, riverside: Shop, make_printer: Callable[..., int]
) -> None:
    ask = till(riverside.organisation)
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    theirs = make_printer(hillside.store)

    def printed_by(key: str, **asked: Any) -> Any:
        answer = ask("slips", {"store": riverside.store, **asked}, key=key)
        if answer.status_code == 422:
            return answer.json["detail"]
        return ask(f"print-jobs/{answer.json['print_job']}").json["printer"]

    assert "has 0 printers" in printed_by("a")
    first = make_printer(riverside.store)
    assert printed_by("b") == first
    second = make_printer(riverside.store, "Checkout 2")
    assert "has 2 printers" in printed_by("c")
    assert printed_by("c", printer=second) == second
    assert "no such printer" in printed_by("d", printer=theirs)
    assert "no such touchpoint" in printed_by("d", printer=first, touchpoint=hillside.exit)
    assert "no such store" in printed_by("d", store=2**31 - 1)


def test_lists_have_filters_and_pages(
    till: Callable[..., Ask], engine: Engine, riverside: Shop, make_printer: Callable[..., int]
) -> None:
    ask = till(riverside.organisation)
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    stores = [riverside.store, hillside.store, riverside.store]
    for store_id in set(stores):
        make_printer(store_id)
    ids = [ask("slips", {"store": store_id}, key=str(at)).json["print_job"] for at, store_id in enumerate(stores)]
    come_to(engine, ids[2], "done")

    def listed(**query: Any) -> list[int]:
        return [item["id"] for item in ask("print-jobs", **query).json["items"]]

    assert listed() == ids
    assert listed(store=riverside.store) == [ids[0], ids[2]]
    assert listed(state="done") == [ids[2]]
    page = ask("print-jobs", limit=2).json
    assert [item["id"] for item in page["items"]] == ids[:2]
    assert ask("print-jobs", limit=2, after=page["next"]).json["next"] is None
    assert listed(after=page["next"]) == ids[2:]
    assert [each["id"] for each in till(hillside.store)("print-jobs").json["items"]] == [ids[1]]


@pytest.mark.parametrize(("printed", "state"), [(True, "done"), (False, "failed")])
def test_an_unsure_slip_is_resolved(
    till: Callable[..., Ask], engine: Engine, riverside: Shop, issued: int, printed: bool, state: str
) -> None:
    ask, path = till(riverside.store), f"print-jobs/{issued}/resolve"
    assert ask(path, {"printed": printed}).status_code == 409
    come_to(engine, issued, "unknown", "The connection broke while the slip was on its way.")
    assert [item["id"] for item in ask("print-jobs", state="unknown").json["items"]] == [issued]
    for _ in range(2):  # an answer that was lost is asked for again
        answer = ask(path, {"printed": printed})
        assert (answer.status_code, answer.json["state"]) == (200, state)
        assert answer.json["outcome"].startswith("till 2 looked: ")
    refused = ask(path, {"printed": not printed})
    assert refused.status_code == 409
    assert state in refused.json["detail"]
    assert len(ask("print-jobs").json["items"]) == 1


def test_a_reprint_is_a_copy_and_one_for_its_key(
    till: Callable[..., Ask], engine: Engine, riverside: Shop, issued: int
) -> None:
    ask, path = till(riverside.store), f"print-jobs/{issued}/reprint"
    assert ask(path, {}, key="a").status_code == 409
    come_to(engine, issued, "done")
    first, again, other = (ask(path, {}, key=key) for key in ("a", "a", "b"))
    assert first.status_code == 201
    assert first.json == again.json
    assert (first.json["copy"], first.json["state"]) == (True, "queued")
    assert len({issued, first.json["id"], other.json["id"]}) == 3
    assert first.json["link"] == ask(f"print-jobs/{issued}").json["link"]


def test_a_printer_that_was_taken_away_has_a_past_and_no_future(
    till: Callable[..., Ask], engine: Engine, riverside: Shop, counter: int, issued: int
) -> None:
    come_to(engine, issued, "done")
    with engine.begin() as connection:
        take_away(connection, counter, "Ann", NOW)
    ask = till(riverside.store)
    assert [each["id"] for each in ask("print-jobs").json["items"]] == [issued]
    refused = ask(f"print-jobs/{issued}/reprint", {}, key="a")
    assert (refused.status_code, "taken away" in refused.json["detail"]) == (409, True)
    assert "no such printer" in ask("slips", {"store": riverside.store, "printer": counter}, key="b").json["detail"]
    # Of what was issued before, a repeat is still the same.
    again = ask("slips", {"store": riverside.store, "printer": counter}, key="issued")
    assert (again.status_code, again.json["print_job"]) == (200, issued)


def test_a_test_page_is_a_print_job_without_a_link(
    till: Callable[..., Ask], engine: Engine, riverside: Shop, counter: int
) -> None:
    with engine.begin() as connection:
        job_id = print_self_test(connection, counter, key="a", now=NOW)
    shown = till(riverside.store)(f"print-jobs/{job_id}").json
    assert (shown["kind"], shown["link"], shown["reference"], shown["copy"]) == ("self-test", None, None, False)


def test_each_sees_their_own(till: Callable[..., Ask], engine: Engine, riverside: Shop, issued: int) -> None:
    come_to(engine, issued, "unknown", "?")
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    neighbour = till(hillside.region)
    assert neighbour("print-jobs").json["items"] == []
    assert neighbour("print-jobs", store=riverside.store).json["items"] == []
    assert neighbour("slips", {"store": riverside.store}, key="a").status_code == 422
    assert neighbour(f"print-jobs/{issued}").status_code == 404
    assert neighbour(f"print-jobs/{issued}/resolve", {"printed": True}).status_code == 404
    assert neighbour(f"print-jobs/{issued}/reprint", {}, key="a").status_code == 404
    reader = till(riverside.store, "read")
    assert reader("slips", {"store": riverside.store}, key="a").status_code == 403
    assert reader(f"print-jobs/{issued}").json["state"] == "unknown"
