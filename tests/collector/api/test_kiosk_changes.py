"""A kiosk moves, is replaced, is retired; its label: by the API."""

from typing import Any

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import Engine, insert, select

from collector.audit.tables import audit
from collector.fleet.credentials import new_secret
from collector.fleet.registry.notes import notes_of
from collector.fleet.settings.given import newest_settings, prefer
from collector.fleet.tables import kiosk_placement, kiosk_secret
from collector.links.keys import is_valid
from collector.links.tables import link_key, signer
from collector.queue.tables import job
from collector.settings import Settings
from collector.slips.spool import slip_of
from collector.slips.tables import printer
from tests.collector.api.conftest import Send
from tests.factories import Shop


@pytest.fixture
def exit_1(send: Send, riverside: Shop, engine: Engine, settings: Settings) -> str:
    """A kiosk at Riverside's exit, with a secret and a preference of its own."""
    assert send("POST", "kiosks", {"touchpoint": riverside.exit, "kiosk": "exit-1"}, "exit-1").status_code == 201
    with engine.begin() as connection:
        new_secret(connection, settings, "exit-1")
        prefer(connection, settings, "exit-1", {"light": 40})
    return "exit-1"


def test_a_kiosk_moves(send: Send, riverside: Shop, exit_1: str, engine: Engine) -> None:
    for _ in range(2):
        moved = send("POST", "kiosks/exit-1/move", {"touchpoint": riverside.checkout}, "a")
        assert (moved.status_code, moved.json["touchpoint"]) == (200, "Checkout")
    with engine.connect() as connection:
        stood = connection.execute(select(kiosk_placement).order_by(kiosk_placement.c.since)).all()
        newest = newest_settings(connection, exit_1)
        entries = connection.execute(select(audit.c.action, audit.c.subject)).all()
    assert [(row.touchpoint_id, row.until is None) for row in stood] == [
        (riverside.exit, False),
        (riverside.checkout, True),
    ]
    assert stood[0].until == stood[1].since
    assert (newest.version, newest.settings["light"]) == (3, 40)  # with the code of the new place
    assert entries == [("moved-kiosk", "kiosks/exit-1")]


def test_a_kiosk_does_not_move_where_its_people_do_not_see(
    send: Send,
    hilltop: Shop,
    exit_1: str,
) -> None:
    assert send("POST", "kiosks/exit-1/move", {"touchpoint": hilltop.exit}, "a").status_code == 422


@pytest.mark.parametrize("why", ["retired", "broken", "lost", "stolen"])
def test_a_kiosk_is_retired_for_a_reason(send: Send, exit_1: str, engine: Engine, settings: Settings, why: str) -> None:
    with engine.begin() as connection:
        shop_id = send("GET", "kiosks/exit-1").json["store"]
        theirs = insert(signer).values(store_id=shop_id, kind="pi", kiosk_id=exit_1).returning(signer.c.id)
        signer_id = connection.scalar(theirs)
    body = {"why": why, "comment": " It was gone this morning. "}
    for _ in range(2):
        ended = send("POST", "kiosks/exit-1/retire", body, "a")
        assert ended.status_code == 200
        assert (ended.json["life"], ended.json["retired_why"]) == ("retired", why)
    with engine.connect() as connection:
        assert connection.execute(select(kiosk_secret)).all() == []
        assert [note.text for note in notes_of(connection, exit_1, limit=9)] == ["It was gone this morning."]
        entries = connection.execute(select(audit.c.who, audit.c.action, audit.c.subject)).all()
        # What it signed counts for a while more, and its key for nothing new.
        ends = connection.execute(select(link_key.c.ends_at).where(link_key.c.signer_id == signer_id)).scalar_one()
        assert ends
        assert is_valid(connection, signer_id, 0)
    assert entries == [("the technician", "retired-kiosk", "kiosks/exit-1")]
    other = "stolen" if why != "stolen" else "lost"
    assert send("POST", "kiosks/exit-1/retire", {"why": other}, "b").status_code == 409
    for path, more in (("identity", {}), ("move", {"touchpoint": 1}), ("replace", {"by": "exit-1"})):
        assert send("POST", f"kiosks/exit-1/{path}", more, "c").status_code in {409, 422}
    assert send("POST", "kiosks/exit-1/retire", {"why": "replaced"}, "d").status_code == 422


def test_another_kiosk_takes_its_place(send: Send, riverside: Shop, exit_1: str, engine: Engine) -> None:
    new = send("POST", "kiosks", {"touchpoint": riverside.checkout}, "a").json["id"]
    for _ in range(2):
        replaced = send("POST", "kiosks/exit-1/replace", {"by": new, "comment": "Water came in."}, "b")
        assert replaced.status_code == 200
        shown = {name: replaced.json[name] for name in ("life", "retired_why", "replaced_by", "touchpoint")}
        assert shown == {"life": "retired", "retired_why": "replaced", "replaced_by": new, "touchpoint": "Exit"}
    taking = send("GET", f"kiosks/{new}").json
    assert (taking["touchpoint"], taking["life"]) == ("Exit", "made")
    given = send("GET", f"kiosks/{new}/secrets").json["numbers"]
    with engine.connect() as connection:
        before, after = newest_settings(connection, exit_1), newest_settings(connection, new)
        assert [note.text for note in notes_of(connection, exit_1, limit=9)] == ["Water came in."]
    assert (after.settings, after.question_id, given) == (before.settings, before.question_id, [])
    third = send("POST", "kiosks", {"touchpoint": riverside.checkout}, "c").json["id"]
    refused = send("POST", "kiosks/exit-1/replace", {"by": third}, "d")
    assert (refused.status_code, new in refused.json["detail"]) == (409, True)


def test_one_that_was_stolen_is_replaced_later(send: Send, riverside: Shop, exit_1: str) -> None:
    send("POST", "kiosks/exit-1/retire", {"why": "stolen"}, "a")
    new = send("POST", "kiosks", {"touchpoint": riverside.checkout}, "b").json["id"]
    replaced = send("POST", "kiosks/exit-1/replace", {"by": new}, "c").json
    assert (replaced["retired_why"], replaced["replaced_by"]) == ("stolen", new)
    assert send("POST", "kiosks/exit-1/replace", {"by": "exit-1"}, "d").status_code == 409
    assert send("POST", f"kiosks/{new}/replace", {"by": "exit-1"}, "e").status_code == 409  # it is retired


def test_the_label_leads_to_the_kiosks_page(send: Send, exit_1: str, settings: Settings) -> None:
    answer = send("GET", "kiosks/exit-1/label.pdf")
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    [page] = pypdfium2.PdfDocument(answer.data)
    assert [round(side / 72 * 25.4) for side in page.get_size()] == [62, 29]
    text = page.get_textpage().get_text_range()
    assert {"exit-1", "Exit", "Riverside"} <= set(text.split())
    [code] = zxingcpp.read_barcodes(page.render(scale=300 / 72).to_pil())
    assert code.text == f"{settings.url}/kiosks/exit-1"


def test_the_label_is_printed_once_at_the_stores_printer(
    send: Send,
    riverside: Shop,
    hilltop: Shop,
    exit_1: str,
    engine: Engine,
    settings: Settings,
) -> None:
    refused = send("POST", "kiosks/exit-1/label", {}, "a")
    assert (refused.status_code, "no printer" in refused.json["detail"]) == (422, True)
    with engine.begin() as connection:
        values = {"address": "tcp://127.0.0.1:1", "profile": "epson-80"}
        of = {"Counter": riverside.store, "Hill": hilltop.store}
        ids = [
            connection.scalar(insert(printer).values(store_id=store, name=name, **values).returning(printer.c.id))
            for name, store in of.items()
        ]
    assert send("POST", "kiosks/exit-1/label", {"printer": ids[1]}, "a").status_code == 422
    first = send("POST", "kiosks/exit-1/label", {}, "a")
    assert (first.status_code, first.json["kind"], first.json["reference"]) == (201, "label", "exit-1")
    assert first.json["link"] == f"{settings.url}/kiosks/exit-1"
    again = send("POST", "kiosks/exit-1/label", {"printer": ids[0]}, "a")
    assert (again.status_code, again.json) == (200, first.json)
    with engine.connect() as connection:
        [row] = connection.execute(select(job)).all()
    slip: Any = slip_of(row.payload)
    assert (slip.kind, slip.shop, slip.invitation, slip.reference) == ("label", "Riverside", "Exit", "exit-1")
