"""One alternative, measured once: on a fresh database, with a broker of its own."""

import gc
import math
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.intake import meters
from benchmarks.intake.consumers import Consumer
from benchmarks.intake.fleet import Connection, Fleet, Kiosk, LiveKiosk, steady_fleet
from benchmarks.intake.journals import KIOSKS, LIVE, Journal, backlog, steady
from benchmarks.intake.servers import Mosquitto, Postgres, mosquitto
from collector.topics import HEARS

#: Connections that a steady fleet shares.
CONNECTIONS = 50
#: How often somebody presses at each of the live kiosks during a storm, and for how long before it, s.
PRESS_EVERY, BEFORE = 1.0, 1.0
#: Without a further row for so long a consumer has lost what is missing, s.
_PATIENCE = 15.0


@dataclass
class Result:
    """What came of it."""

    rows: int
    #: From the first publish to the last commit, s.
    seconds: float
    #: Rows that are missing.
    lost: int
    #: Processor time of the consumer, of PostgreSQL, of the broker, and of the kiosks, s.
    cpu: tuple[float, float, float, float]
    #: Commits, where they have a number.
    batches: int
    #: Packets that kiosks sent again.
    again: int
    #: How the consumer was held to its share, "" where it was not.
    held: str = ""
    #: How long presses made meanwhile took into the table, s.
    presses: Sequence[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.rows / self.seconds

    @property
    def batch(self) -> float:
        """Rows in a commit."""
        return self.rows / max(1, self.batches)


#: What the kiosks do in a measurement: they are there, they do it, and which presses were made when.
Scenario = Callable[[Mosquitto, Consumer], "Scene"]


@dataclass
class Scene:
    fleet: Fleet
    rows: int
    #: Runs until all that the kiosks have is confirmed.
    play: Callable[[], None]
    live: Sequence[LiveKiosk] = ()


def steadily(rows: int, frame: int) -> Scenario:
    """Kiosks that have been online for a while send what is pressed, `frame` ratings in each frame."""
    return lambda broker, consumer: _steady(broker, consumer, lambda journal: steady(journal, rows // KIOSKS, frame))


def caught_up(kiosks: int, ratings: int) -> Scenario:
    """Kiosks that are online have so many ratings each, in frames of a hundred: a storm without its wind."""
    return lambda broker, consumer: _steady(broker, consumer, lambda journal: backlog(journal, ratings), kiosks)


def _steady(
    broker: Mosquitto, consumer: Consumer, frames: Callable[[Journal], list[tuple[bytes, int]]], kiosks: int = KIOSKS
) -> Scene:
    journals = [Journal(number, time.time()) for number in range(kiosks)]
    fleet, speakers = steady_fleet(journals, broker.port, broker.password, CONNECTIONS, acks=consumer.acks)
    for kiosk in speakers:
        kiosk.give(frames(kiosk.journal))

    def play() -> None:
        fleet.start()
        fleet.run()

    return Scene(fleet, sum(journal.seq for journal in journals), play)


def storm(kiosks: int, ratings: int, spread: float) -> Scenario:
    """Kiosks come back after an hour, each with so many ratings, while somebody presses at others.

    Parameters
    ----------
    spread: each comes back after a time of its own up to this, s, drawn as the firmware draws it.
    """

    def make(broker: Mosquitto, consumer: Consumer) -> Scene:
        began = time.time()
        fleet = Fleet(broker.port, broker.password, acks=consumer.acks)
        live = [LiveKiosk(Journal(KIOSKS + number, began), 1, began) for number in range(LIVE)]
        pressed = [Connection([kiosk], HEARS) for kiosk in live]
        for connection in pressed:
            fleet.join(connection)
        fleet.run()
        returning = []
        for number in range(kiosks):
            kiosk = Kiosk(Journal(number, began), 1)
            kiosk.give(backlog(kiosk.journal, ratings))
            returning.append(Connection([kiosk], HEARS))

        def play() -> None:
            fleet.began, fleet.again = 0.0, 0
            fleet.press(list(zip(pressed, live, strict=True)), PRESS_EVERY)
            for connection in returning:
                fleet.join(connection, BEFORE + random.uniform(spread / 50, spread))  # noqa: S311
            fleet.run()
            fleet.rest(pressed)
            fleet.run()

        return Scene(fleet, kiosks * ratings, play, live)

    return make


def measure(postgres: Postgres, consumer: Consumer, scenario: Scenario) -> Result:
    """Run a scenario with a consumer."""
    with (
        tempfile.TemporaryDirectory(prefix="smilepost-bench-") as folder,
        postgres.database() as settings,
        mosquitto(Path(folder) / "broker") as broker,
        psycopg.connect(settings.database_url, autocommit=True) as database,
    ):
        (work := Path(folder) / "consumer").mkdir()
        with consumer.run(settings, broker, work) as pids:
            scene = scenario(broker, consumer)
            gc.collect()
            gc.freeze()
            gc.disable()
            with meters.held(pids, consumer.share) as held:
                before = _cpu(pids, postgres, broker)
                scene.play()
                if not consumer.acks:
                    _settle(database, scene.rows + sum(len(kiosk.pressed) for kiosk in scene.live))
                cpu = tuple(now - then for now, then in zip(_cpu(pids, postgres, broker), before, strict=True))
            gc.enable()
            gc.unfreeze()
            scene.fleet.close()
        return _result(database, consumer, scene, cpu, held)


def median(results: Sequence[Result]) -> Result:
    """The one in the middle, by its time."""
    return sorted(results, key=lambda result: result.seconds)[len(results) // 2]


def _cpu(pids: Sequence[int], postgres: Postgres, broker: Mosquitto) -> tuple[float, ...]:
    return (
        meters.seconds(*pids),
        meters.seconds(postgres.process.pid),
        meters.seconds(broker.process.pid),
        time.process_time(),
    )


def _settle(database: psycopg.Connection[Any], rows: int) -> None:
    """Wait until a consumer that tells nobody has stored what the broker gave it."""
    found, since = -1, time.monotonic()
    while found < rows and time.monotonic() - since < _PATIENCE:
        time.sleep(1)
        [now] = database.execute("SELECT count(*) FROM rating").fetchone() or [0]
        if now != found:
            found, since = now, time.monotonic()


#: The ratings with the moment of their commit (`track_commit_timestamp`). Ours knows a kiosk by its cursor, the others
#: by its number.
_COMMITTED = {
    True: """
        CREATE TEMP VIEW committed AS
        SELECT kiosk_id AS kiosk, rating.seq, batch_id,
               extract(epoch FROM pg_xact_commit_timestamp(rating.xmin))::float8 AS moment
        FROM rating JOIN cursor ON cursor.id = cursor_id
        """,
    False: """
        CREATE TEMP VIEW committed AS
        SELECT 'bench-' || lpad(cursor_id::text, 5, '0') AS kiosk, seq, batch_id,
               extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 AS moment
        FROM rating
        """,
}


def _result(
    database: psycopg.Connection[Any], consumer: Consumer, scene: Scene, cpu: tuple[float, ...], held: str
) -> Result:
    """What the table says."""
    database.execute(_COMMITTED[consumer.acks])
    live = [each.journal.kiosk for each in scene.live]
    rows, last, batches = database.execute(
        "SELECT count(*), max(moment), count(DISTINCT batch_id) FROM committed WHERE NOT kiosk = ANY(%s)", [live]
    ).fetchone() or (0, math.nan, 0)
    found = database.execute("SELECT kiosk, seq, moment FROM committed WHERE kiosk = ANY(%s)", [live]).fetchall()
    stored = {(name, seq): moment for name, seq, moment in found}
    presses, missing = [], 0
    for each in scene.live:
        for seq, pressed in enumerate(each.pressed, start=1):
            moment = stored.get((each.journal.kiosk, seq))
            missing += moment is None
            if moment is not None and scene.fleet.began <= pressed <= last:
                presses.append(moment - pressed)
    return Result(
        rows=rows,
        seconds=last - scene.fleet.began,
        lost=scene.rows - rows + missing,
        cpu=(cpu[0], cpu[1], cpu[2], cpu[3]),
        batches=batches,
        again=scene.fleet.again,
        held=held,
        presses=presses,
    )
