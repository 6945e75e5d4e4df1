"""Sunrise Market: two regions, three stores, their touchpoints, kiosks and printers, some of them in trouble."""

import random
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from collector.fleet.credentials import new_secret
from collector.fleet.life import Why
from collector.fleet.registry import acceptance, notes, photos
from collector.fleet.registry.changes import Wanted, make
from collector.fleet.registry.enrolment import retire
from collector.fleet.releases import publish
from collector.fleet.rollout import changes as rollouts
from collector.fleet.rollout.plan import Plan
from collector.fleet.tables import (
    kiosk,
    kiosk_acceptance,
    kiosk_alarm,
    kiosk_command,
    kiosk_note,
    kiosk_placement,
    kiosk_settings,
    release,
    rollout,
    rollout_kiosk,
)
from collector.ingest.tables import cursor
from collector.places.tree import add_place, add_touchpoint
from collector.settings import Settings
from collector.slips.printers import Setup, add
from collector.slips.tables import printer
from collector.surveys.default import ensure_default
from tests.collector.releases import PUBLIC, archive, manifest_of
from tests.factories import NOW, make_put_aside
from tests.gallery.drawn import kiosk_at_a_door
from tests.gallery.past import BEGIN, DAY, HOUR, Kiosk

Ids = dict[str, Any]

OPEN = {day: [["09:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
STORES = {
    "Riverside": ("Left bank", ("Entrance", "Bakery", "Checkout", "Exit")),
    "Hillside": ("Left bank", ("Checkout", "Exit")),
    "Station": ("Right bank", ("Checkout", "Exit")),
}

#: As the collector says it.
CLOCK = "Its clock contradicts its own records or the time of their arrival: such records have no known time."
FLOOD = "It sends more messages than a kiosk may; the surplus is dropped, and comes again."


def make_places(connection: Connection) -> Ids:
    ids: Ids = {"top": add_place(connection, "organisation", "Sunrise Market")}
    for store, (region, touchpoints) in STORES.items():
        if region not in ids:
            ids[region] = add_place(connection, "region", region, ids["top"])
        ids[store] = add_place(connection, "store", store, ids[region], opening_hours=OPEN)
        for at, name in enumerate(touchpoints, start=1):
            ids[f"{store} {name}"] = add_touchpoint(connection, ids[store], name, at)
    ensure_default(connection)
    return ids


def make_kiosks(connection: Connection, settings: Settings, ids: Ids) -> None:
    """All in the registry since the beginning; one spare is enrolled and was never heard, one is retired."""
    for each in kiosks():
        store, touchpoint = (part.capitalize() for part in each.id.split("-")[:2])
        at = ids[f"{store} {touchpoint}"]
        serial = f"{random.Random(each.id).getrandbits(64):016x}"
        make(connection, settings, Wanted(at, each.id, board=each.board, serial=serial))
        new_secret(connection, settings, each.id)
        connection.execute(
            insert(cursor)
            .values(kiosk_id=each.id, epoch=each.epoch, opened_at=BEGIN, recorded=0)
            .returning(cursor.c.id)
        )
    spare, _ = make(connection, settings, Wanted(ids["Station Exit"], board="esp32"))
    new_secret(connection, settings, spare)
    old, _ = make(connection, settings, Wanted(ids["Riverside Exit"], board="pico_w"))
    retire(connection, old, BEGIN + 9 * DAY, Why.BROKEN)
    connection.execute(update(kiosk).where(kiosk.c.id != spare).values(enrolled_at=BEGIN))
    connection.execute(update(kiosk).where(kiosk.c.id == spare).values(enrolled_at=NOW - 2 * DAY))
    connection.execute(update(kiosk_placement).values(since=BEGIN))
    connection.execute(update(kiosk_settings).values(created_at=BEGIN))


def trouble_kiosks(connection: Connection) -> None:
    """What people have found out about them; after their past."""
    steps = [
        {"name": f"Button {number}", "passed": True, "said": f"{number} pressed, {number} heard", "seconds": 2}
        for number in range(1, 5)
    ] + [{"name": "Light and sound", "passed": True, "said": "seen and heard", "seconds": 4}]
    tested = {"passed": True, "board": "pico_w", "firmware": "0.3.0", "steps": steps}
    acceptance.keep(connection, "riverside-exit-1", tested, "Taras", "test")
    connection.execute(update(kiosk_acceptance).values(at=BEGIN + 10 * HOUR))
    notes.write(connection, "riverside-exit-1", "Its plug is behind the umbrella stand.", "Taras")
    connection.execute(update(kiosk_note).values(at=BEGIN + 11 * HOUR))
    at = select(kiosk_placement.c.touchpoint_id).where(kiosk_placement.c.kiosk_id == "riverside-exit-1")
    photos.add(connection, connection.scalar(at), kiosk_at_a_door(), "Taras")
    clock = {"kind": "clock", "reason": CLOCK, "times": 3}
    flood = {"kind": "flood", "reason": FLOOD, "times": 1}
    for which, alarm, ago in (("hillside-checkout-1", clock, 5 * HOUR), ("station-exit-1", flood, 30 * HOUR)):
        at = NOW - ago
        connection.execute(
            insert(kiosk_alarm).values(kiosk_id=which, day=at.date(), first_at=at - HOUR, last_at=at, **alarm)
        )
    make_put_aside(
        connection,
        "station-exit-1",
        b"[1,7,0,1,604800000,1,1]",
        "Button 7 was pressed, but the question has 4 buttons.",
        cursor_id=connection.scalar(select(cursor.c.id).where(cursor.c.kiosk_id == "station-exit-1")),
        seq=212,
        first_at=NOW - 26 * HOUR,
        last_at=NOW - 26 * HOUR,
    )
    asked = {"author": "Taras", "expires_at": NOW + HOUR}
    done = {"state": "done", "sent_at": NOW - 3 * HOUR, "finished_at": NOW - 3 * HOUR + timedelta(seconds=9)}
    connection.execute(
        insert(kiosk_command).values(
            kiosk_id="riverside-exit-1", id=1, do="self-test", created_at=NOW - 3 * HOUR, **asked, **done,
            outcome="All 4 buttons, the light and the sound are well.",
        )
    )  # fmt: skip


def make_releases(connection: Connection, settings: Settings, ids: Ids) -> None:
    for number in (11, 12):
        publish(connection, archive(manifest_of(number, "pico_w").replace("0.2.0", f"0.{number - 8}.0")), PUBLIC)
        mine = update(release).where(release.c.number == number)
        connection.execute(mine.values(published_at=NOW - (13 - number) * 20 * DAY))
    ids["rollout"], _ = rollouts.begin(connection, ids["Left bank"], 12, Plan(), "Taras", NOW, "a roll-out")
    # Its first kiosk was well for half an hour; of the next, one has it and one is taking it.
    stage = {"stage": 1, "created_at": NOW - 2 * HOUR, "stage_since": NOW - HOUR}
    connection.execute(update(rollout).values(stage))
    second = connection.scalars(select(rollout_kiosk.c.kiosk_id).where(rollout_kiosk.c.stage == 1)).all()
    done = {"state": "done", "since": NOW - HOUR, "offered_at": NOW - 2 * HOUR}
    connection.execute(update(rollout_kiosk).where(rollout_kiosk.c.stage == 0).values(done))
    connection.execute(update(rollout_kiosk).where(rollout_kiosk.c.kiosk_id == second[0]).values(done))
    taking = {"state": "taking", "since": NOW - HOUR / 6, "offered_at": NOW - HOUR / 5}
    connection.execute(update(rollout_kiosk).where(rollout_kiosk.c.kiosk_id == second[1]).values(taking))


def make_printers(connection: Connection, ids: Ids) -> None:
    wanted = (
        ("Riverside", "Checkout 1", "tcp://10.20.0.31:9100", "epson-80", "ready"),
        ("Riverside", "Checkout 2", "tcp://10.20.0.32:9100", "epson-80", "paper_out"),
        ("Hillside", "Information desk", "cloudprnt:", "star-80", "ready"),
    )
    for store, name, address, profile, state in wanted:
        ids[name] = add(connection, ids[store], Setup(name, address, profile))
        seen = {"state": state, "seen_at": NOW - timedelta(seconds=20)}
        connection.execute(update(printer).where(printer.c.id == ids[name]).values(seen))
        connection.execute(update(printer).where(printer.c.id == ids[name]).values(state_since=NOW - 2 * HOUR))


def kiosks() -> list[Kiosk]:
    """One at each touchpoint, and how it is; the id is made of both names."""
    return [
        Kiosk("riverside-entrance-1", 7, (62, 24, 9, 5), signal=-84),
        Kiosk("riverside-bakery-1", 6, (74, 18, 5, 3)),
        Kiosk("riverside-checkout-1", 12, (55, 24, 12, 9), lately=(38, 22, 19, 21)),
        Kiosk("riverside-exit-1", 14, (60, 24, 9, 7)),
        Kiosk("hillside-checkout-1", 8, (64, 22, 9, 5), drains=17),
        Kiosk("hillside-exit-1", 9, (66, 22, 8, 4), away=3, loses=9),
        Kiosk("station-checkout-1", 10, (50, 26, 14, 10), lately=(58, 26, 10, 6)),
        Kiosk("station-exit-1", 13, (52, 27, 13, 8), lately=(60, 26, 9, 5)),
    ]
