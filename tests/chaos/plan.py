"""What happens when, drawn from a seed: the same seed is the same plan."""

import random
from typing import NamedTuple

#: Of a hundred kills, how many each victim gets. "connection" is one server process of PostgreSQL's own.
KILLS = {"ingest": 35, "broker": 14, "postgres": 12, "connection": 8, "host": 25, "vm": 6}
#: Lines that are cut and stalled.
LINES = ("kiosks to broker", "collectors to broker", "collectors to database")
#: Seconds at most: of a stall (longer than anybody waits for an answer), of a full disk, of a jump of a clock.
STALL, FULL, JUMP = 40.0, 12.0, 40 * 86_400.0


class Fault(NamedTuple):
    """One thing that happens.

    what: "kill", "cut", "stall", "fill" or "jump".
    whom: a victim or a line; there is one disk.
    which: of several victims or lines, by a number that grows over all of them.
    size: seconds of a stall, a full disk, or a jump (also back).
    """

    at: float
    what: str
    whom: str
    which: int = 0
    size: float = 0.0


def draw(seed: int, seconds: float, kills: int) -> list[Fault]:
    """A plan of this length with so many kills, half as many cuts, an eighth as many stalls, and at least one full disk
    and one jump of a clock."""
    chance = random.Random(seed)
    faults = [
        Fault(0, "kill", victim, chance.randrange(1 << 16))
        # Each victim has its share even of a few kills; which of them come how often beyond that is drawn.
        for victim in _shares(kills, chance)
    ]
    for number in range(kills // 2):
        faults.append(Fault(0, "cut", LINES[number % len(LINES)], chance.randrange(1 << 16)))
    for number in range(max(len(LINES), kills // 8)):
        silent = chance.uniform(0.2, min(STALL, seconds / 8))
        faults.append(Fault(0, "stall", LINES[number % len(LINES)], chance.randrange(1 << 16), silent))
    for _ in range(max(1, round(seconds / 200))):
        faults.append(Fault(0, "fill", "disk", size=chance.uniform(1, min(FULL, seconds / 8))))
    for _ in range(max(1, round(seconds / 100))):
        faults.append(Fault(0, "jump", "collector", chance.randrange(1 << 16), chance.uniform(-JUMP, JUMP)))
    chance.shuffle(faults)
    step = seconds / len(faults)
    return [fault._replace(at=step * (number + chance.random())) for number, fault in enumerate(faults)]


def _shares(kills: int, chance: random.Random) -> list[str]:
    victims = list(KILLS)[:kills]
    return victims + chance.choices(list(KILLS), list(KILLS.values()), k=kills - len(victims))
