"""A bad release goes out, is stopped by what it does, and is taken back; a mended one goes to all."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from simulators.fleet import Behaviour
from simulators.fleet.compared import Compared, compare
from tests.collector.releases import KEY
from tests.rollout import firmware
from tests.rollout.house import BEFORE, House
from tests.waiting import until

BAD, MENDED = 11, 12
#: Seconds between two looks at a roll-out: the machine has other things to do.
LOOK = 0.3
#: What is the release's fault, and not the kiosk's.
RELEASES_FAULT = (
    Behaviour.UNSTARTABLE,
    Behaviour.DIES,
    Behaviour.RESETS,
    Behaviour.UNREACHABLE,
    Behaviour.SILENT,
)
#: A kiosk that could never take any release.
NEVER = (Behaviour.FULL, Behaviour.WORN, Behaviour.DAMAGED, Behaviour.STRANGER, Behaviour.KEYLESS)


@dataclass
class Told:
    """What happened, and when, s after the beginning."""

    halted: dict[str, Any] = field(default_factory=dict)
    #: How many of how many had been offered the bad release.
    offered: int = 0
    everybody: int = 0
    #: What those said that failed or fell silent, and how many did.
    ways: Counter[str] = field(default_factory=Counter)
    done: dict[str, Any] = field(default_factory=dict)
    #: How many run which release in the end.
    running: Counter[int] = field(default_factory=Counter)
    lit: int = 0
    compared: Compared | None = None
    vms_lit: int = 0
    vms_stored: int = 0
    times: dict[str, float] = field(default_factory=dict)
    frames: int = 0


def tell(house: House) -> Told:
    """Live through it."""
    told, began = Told(), time.monotonic()

    def now(what: str) -> None:
        told.times[what] = round(time.monotonic() - began, 1)

    top = house.rows("SELECT id FROM place WHERE parent_id IS NULL")[0][0]
    told.everybody = len(house.fleet.kiosks) + len(house.fleet.vms)
    house.publish(BAD, firmware.release(house.folder / "bad", BAD, KEY, house.faults))
    house.publish(MENDED, firmware.release(house.folder / "mended", MENDED, KEY))
    now("published")
    with house.open():
        bad = begin(house, BAD, top, at_once=house.scale.at_once)
        told.halted = until(lambda: arrived(house, bad, "halted"), "a halt", 300)
        now("halted")
        settled(house, bad)
        found = members(house, bad)
        told.offered = sum(1 for each in found if each["offered_at"])
        told.ways = Counter(each["said"] for each in found if each["state"] in {"failed", "silent"})
        house.installation.write(f"rollouts/{bad}/end", {})
        house.installation.write(f"rollouts/{bad}/back", {})
        until(lambda: BAD not in running(house), "all to be back", 300)
        now("back")
        mend(house)
        mended = begin(house, MENDED, top, failures=len(NEVER) * house.scale.troubled + 2)
        for each in house.fleet.kiosks.values():
            house.do(each.give_power)  # somebody goes and looks
        told.done = until(lambda: arrived(house, mended, "done"), "the mended release to be everywhere", 600)
        until(lambda: takes(house) <= ids(house, MENDED), "those that were away to have it as well", 300)
        now("done")
    until(lambda: house.fleet.on_their_way == 0, "all that was lit to arrive", 60)
    told.running = running(house)
    told.compared = compare(house.installation.settings, house.fleet)
    vms(house, told)
    told.frames = house.rows("SELECT coalesce(sum(seq), 0) FROM cursor")[0][0]
    now("arrived")
    return told


def begin(house: House, number: int, top: int, **plan: int) -> int:
    """Begin a roll-out as a program does."""
    times = {"soak": 1, "silence": house.scale.silence, "patience": house.scale.patience}
    made = house.installation.write("rollouts", {"number": number, "place": top, "plan": {**times, **plan}})
    return int(made["id"])


def arrived(house: House, rollout: int, state: str) -> dict[str, Any]:
    """The roll-out once it is in a state. Where the very first kiosk could not take it, a person goes on."""
    time.sleep(LOOK)
    found: dict[str, Any] = house.installation.get(f"rollouts/{rollout}?limit=1")["rollout"]
    if found["state"] == "halted" and found["stage"] == 0:
        house.installation.write(f"rollouts/{rollout}/go-on", {})
        return {}
    assert found["state"] in {"running", state}, found
    return found if found["state"] == state else {}


def members(house: House, rollout: int) -> list[dict[str, Any]]:
    time.sleep(LOOK)
    items: list[dict[str, Any]] = house.installation.get(f"rollouts/{rollout}?limit=1000")["items"]
    return items


def settled(house: House, rollout: int) -> None:
    """Wait until each kiosk that was offered it has come to its end: what fails is seen to fail."""
    ended = {"waiting", "done", "failed", "silent"}
    until(lambda: {each["state"] for each in members(house, rollout)} <= ended, "all to come to their end", 300)


def mend(house: House) -> None:
    """The next release does not have the faults of this one; what is wrong with a kiosk itself stays."""
    for each in house.fleet.kiosks.values():
        if each.behaviour in RELEASES_FAULT:
            each.behaviour = Behaviour.TAKES


def takes(house: House) -> set[str]:
    """The kiosks that can take a release that is well."""
    able = {name for name, each in house.fleet.kiosks.items() if each.behaviour is Behaviour.TAKES}
    return able | set(house.fleet.vms)


def ids(house: House, release: int) -> set[str]:
    """The kiosks that said last that they run a release, proved."""
    query = "SELECT kiosk_id FROM kiosk_status WHERE health->'release' = to_jsonb(%s::int) AND NOT health ? 'update'"
    return {row[0] for row in house.rows(query, release)}


def running(house: House) -> Counter[int]:
    rows = house.rows(
        "SELECT (health->>'release')::int, count(*) FROM kiosk_status JOIN kiosk ON id = kiosk_id"
        " WHERE kiosk.state = 'enrolled' GROUP BY 1"
    )
    return Counter({release: count for release, count in rows if release is not None})


def vms(house: House, told: Told) -> None:
    """The presses of the VMs, which keep their own journals: each that was lit is there, in order, once."""
    for name, vm in house.fleet.vms.items():
        lit = list(vm.lit)

        def stored(name: str = name) -> list[tuple[int, int]]:
            rows = house.rows(
                "SELECT rating.seq, button FROM rating JOIN cursor ON cursor.id = cursor_id WHERE kiosk_id = %s"
                " ORDER BY rating.seq",
                name,
            )
            return [(seq, button) for seq, button in rows]

        until(lambda lit=lit, stored=stored: len(stored()) >= len(lit), f"what was lit on {name}", 60)
        found = stored()
        assert len({seq for seq, _ in found}) == len(found), name
        buttons = iter(button for _, button in found)
        assert all(button in buttons for button in lit), name  # in order; one whose light nobody saw may be between
        told.vms_lit += len(lit)
        told.vms_stored += len(found)


def before(name: str) -> int:
    """What a kiosk ran when all began."""
    return BEFORE if name.startswith("simvm-") else 0
