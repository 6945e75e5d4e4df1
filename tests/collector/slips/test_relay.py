"""Slips for printers behind kiosks: what the collector sends when, and what it makes of the answers."""

import json
from concurrent import futures
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from msgspec import UNSET
from psycopg.rows import TupleRow
from sqlalchemy import Engine, insert, select, update

from collector import changes
from collector.backup.renumber import _JOBS
from collector.database import connect
from collector.fleet.registry.enrolment import enrol
from collector.ingest.answers import Answer
from collector.ingest.messages import Message
from collector.links.tables import signer
from collector.places.tables import touchpoint
from collector.queue.tables import job
from collector.settings import Settings
from collector.slips import printers, relay
from collector.slips.printers import MOVED
from collector.slips.spool import print_self_test, print_slip
from collector.slips.tables import printer
from collector.surveys.tables import question
from printer.slip import Slip
from tests.factories import write
from tests.waiting import until

Database = psycopg.Connection[TupleRow]
KIOSK, NOW = "exit-1", datetime(2026, 11, 22, 9, 52, tzinfo=UTC)
SLIP = Slip("Riverside", "How was it today?", "HTTPS://LOCALHOST/Q/QAAAABBGAEAAAAAAAAAAAAAAAAAA", "0042", "en")
LATE = NOW + timedelta(minutes=11)


def status(kiosk: str = KIOSK, state: str = "online", **health: Any) -> Message:
    body = {"v": 1, "boot": 1, "connection": 1, "state": state, "epoch": 77, "seq": 0, "confirmed": 0, "settings": 1}
    return Message.read(kiosk, "status", json.dumps({**body, "health": {"printer": "ready", **health}}).encode())


def printed(number: int, state: str, text: str = "", kiosk: str = KIOSK, **more: str) -> Message:
    body = {"v": 1, "id": number, "state": state, "text": text, **more}
    return Message.read(kiosk, "printed", json.dumps(body).encode())


def told(signer_id: int, *receipts: Any, kiosk: str = KIOSK) -> Message:
    body = {"v": 1, "signer": signer_id, "receipts": list(receipts)}
    return Message.read(kiosk, "printed", json.dumps(body).encode())


def said(answers: list[Answer]) -> list[Any]:
    """What kiosks are told on `print`."""
    return [answer.body for answer in answers if answer.body.topic == "print"]


def hears(database: Database, *messages: Message, now: datetime = NOW) -> list[Any]:
    return said(write(database, messages, now))


class Counter:
    """A printer behind a kiosk."""

    def __init__(self, engine: Engine, database: Database, kiosk: str = KIOSK, name: str = "Counter") -> None:
        self._engine, self._database, self._printed = engine, database, 0
        with engine.begin() as connection:
            self.store = connection.scalar(select(touchpoint.c.store_id).limit(1))
            values = {"name": name, "address": f"kiosk://{kiosk}", "profile": "epson-80", "store_id": self.store}
            self.id = connection.execute(insert(printer).values(values).returning(printer.c.id)).scalar_one()

    def print(self, slip: Slip | None = SLIP) -> int:
        self._printed += 1
        key = f"{self.id}/{self._printed}"
        with self._engine.begin() as connection:
            if slip is None:
                return print_self_test(connection, self.id, key=key, now=NOW)
            return print_slip(connection, self.id, slip, key=key, now=NOW)

    def set(self, **values: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(printer).where(printer.c.id == self.id).values(values))

    def move(self, address: str) -> None:
        with self._engine.begin() as connection:
            printers.change(connection, self.id, printers.Setup("Counter", address, "epson-80"), NOW)

    @property
    def jobs(self) -> list[tuple[str, str | None]]:
        query = "SELECT state, outcome FROM job WHERE target = %s ORDER BY id"
        return self._database.execute(query, [f"printer/{self.id}"]).fetchall()

    @property
    def state(self) -> tuple[str, datetime | None]:
        [row] = self._database.execute("SELECT state, seen_at FROM printer WHERE id = %s", [self.id]).fetchall()
        return row  # type: ignore[return-value]


@pytest.fixture
def counter(engine: Engine, database: Database) -> Counter:
    return Counter(engine, database)


@pytest.fixture
def second_kiosk(engine: Engine, settings: Settings, shop: object) -> str:
    with engine.begin() as connection:
        place = connection.scalar(select(touchpoint.c.id).limit(1))
        enrol(connection, settings, "exit-2", place, connection.scalar(select(question.c.id).limit(1)))
    return "exit-2"


def test_a_slip_is_sent_with_each_online_status_until_it_is_answered(database: Database, counter: Counter) -> None:
    number = counter.print()
    [sent] = hears(database, status())
    assert (sent.id, sent.slip["link"], sent.slip["reference"]) == (number, SLIP.link, "0042")
    assert sent.expires == round((NOW + timedelta(minutes=10)).timestamp() * 1000)
    assert (sent.profile, sent.again) == ("epson-80", UNSET)
    assert counter.jobs == [("sending", None)]
    [again] = hears(database, status())
    assert (again.id, again.again) == (number, True)
    assert hears(database, printed(number, "done")) == []
    assert counter.jobs == [("done", None)]
    assert hears(database, status()) == []


def test_one_slip_of_a_printer_is_under_way_and_the_next_goes_with_the_answer(
    database: Database, counter: Counter
) -> None:
    first, second = counter.print(), counter.print()
    assert [sent.id for sent in hears(database, status())] == [first]
    assert hears(database, printed(first, "waiting", "Put paper in.", condition="paper_out")) == []
    assert counter.jobs == [("sending", "Put paper in."), ("queued", None)]
    assert counter.state == ("paper_out", NOW)
    [following] = hears(database, printed(first, "failed", "The paper was out until its time was over."))
    assert following.id == second
    assert counter.jobs[0] == ("failed", "The paper was out until its time was over.")
    assert hears(database, printed(second, "unknown", "The power went while this was being printed.")) == []
    assert counter.jobs[1] == ("unknown", "The power went while this was being printed.")
    assert hears(database, status(), now=LATE) == []  # it has said all it knows


def test_a_job_that_is_committed_late_does_not_overtake_the_one_in_hand(database: Database, counter: Counter) -> None:
    first, second = counter.print(), counter.print()
    database.execute("UPDATE job SET target = 'elsewhere' WHERE id = %s", [first])
    assert [sent.id for sent in hears(database, status())] == [second]
    database.execute("UPDATE job SET target = %s WHERE id = %s", [f"printer/{counter.id}", first])
    assert [sent.id for sent in hears(database, status())] == [second]
    assert [sent.id for sent in hears(database, printed(second, "done"))] == [first]


def test_a_slip_waits_for_a_kiosk_that_is_away_and_then_says_why_it_failed(
    database: Database, counter: Counter
) -> None:
    counter.print()
    assert write(database, [status(state="offline")], NOW) == []
    relay.expire(database, NOW + timedelta(minutes=9))
    assert counter.jobs == [("queued", None)]
    relay.expire(database, LATE)
    assert counter.jobs == [("failed", relay.AWAY)]


def test_of_a_kiosk_without_a_printer_that_is_said(database: Database, counter: Counter) -> None:
    counter.print()
    body = status().content
    assert hears(database, Message.read(KIOSK, "status", json.dumps({**_plain(body), "health": {}}).encode())) == []
    relay.expire(database, LATE)
    assert counter.jobs == [("failed", relay.NO_PRINTER)]


def _plain(content: Any) -> dict[str, Any]:
    names = ("v", "boot", "connection", "state", "epoch", "seq", "confirmed", "settings")
    return {name: getattr(content, name) for name in names}


def test_one_that_was_sent_and_never_answered_is_asked_about_for_a_day(database: Database, counter: Counter) -> None:
    number, following = counter.print(), counter.print()
    hears(database, status())
    relay.expire(database, LATE)
    assert counter.jobs == [("unknown", relay.UNHEARD), ("failed", relay.AWAY)]
    assert following
    [asked] = hears(database, status(), now=LATE)
    assert (asked.id, asked.slip, asked.self_test, asked.again) == (number, UNSET, UNSET, True)
    assert hears(database, status(), now=LATE + timedelta(days=2)) == []
    assert len(hears(database, status(), now=LATE)) == 1
    hears(database, printed(number, "done"), now=LATE)
    assert counter.jobs[0] == ("done", None)
    assert hears(database, status(), now=LATE) == []


def test_what_a_person_has_decided_stands(database: Database, counter: Counter, engine: Engine) -> None:
    number = counter.print()
    hears(database, status())
    relay.expire(database, LATE)
    with engine.begin() as connection:
        connection.execute(update(job).values(state="failed", outcome="Olha looked: it was not printed."))
    hears(database, printed(number, "done"), now=LATE)
    assert counter.jobs == [("failed", "Olha looked: it was not printed.")]


def test_an_overdue_slip_does_not_hold_up_the_next(database: Database, counter: Counter, engine: Engine) -> None:
    counter.print()
    hears(database, status())
    database.execute("UPDATE job SET expires_at = %s", [NOW])
    second = counter.print()
    sent = hears(database, status())
    assert second in [each.id for each in sent if each.slip != UNSET]
    assert [state for state, _ in counter.jobs] == ["unknown", "sending"]


def test_after_a_restore_nothing_is_sent_again_and_the_kiosk_is_asked(database: Database, counter: Counter) -> None:
    number = counter.print()
    database.execute(_JOBS, {"now": NOW})
    assert hears(database, status()) == []
    [asked] = hears(database, status(), now=LATE)
    assert (asked.id, asked.slip) == (number, UNSET)
    hears(database, printed(number, "failed", "This came too late to be printed."), now=LATE)
    assert counter.jobs == [("failed", "This came too late to be printed.")]


def test_an_answer_of_another_kiosk_or_to_nothing_is_put_aside(
    database: Database, counter: Counter, second_kiosk: str
) -> None:
    number = counter.print()
    hears(database, status())
    hears(database, printed(number, "done", kiosk=second_kiosk), printed(99_999, "done"))
    assert counter.jobs == [("sending", None)]
    reasons = database.execute("SELECT reason FROM put_aside ORDER BY reason").fetchall()
    assert reasons == sorted(
        [(f"This kiosk was never given a slip {number}.",), ("This kiosk was never given a slip 99999.",)]
    )


def test_only_the_kiosk_that_has_it_may_answer_though_the_printer_moves(
    database: Database, counter: Counter, second_kiosk: str
) -> None:
    number, following = counter.print(), counter.print()
    hears(database, status())
    database.execute(f"LISTEN {changes.NEWS}".encode())
    counter.move(f"kiosk://{second_kiosk}")
    assert [each.payload for each in database.notifies(timeout=5, stop_after=1)] == [second_kiosk]
    assert counter.jobs == [("unknown", MOVED), ("queued", None)]
    # The next one does not wait for what the other kiosk says.
    [sent] = hears(database, status(second_kiosk))
    assert (sent.id, sent.slip["link"]) == (following, SLIP.link)
    hears(database, printed(number, "done", kiosk=second_kiosk))
    assert counter.jobs == [("unknown", MOVED), ("sending", None)]
    hears(database, printed(number, "done"))
    assert counter.jobs == [("done", None), ("sending", None)]


def test_a_printer_that_moves_while_its_kiosk_is_sent_a_slip_holds_up_neither(
    settings: Settings, database: Database, counter: Counter, second_kiosk: str
) -> None:
    number = counter.print()
    with connect(settings, autocommit=True) as other, futures.ThreadPoolExecutor() as beside:
        with other.transaction():
            relay.hold(other, [KIOSK])
            moves = beside.submit(counter.move, f"kiosk://{second_kiosk}")
            waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            until(lambda: database.execute(waiting).fetchone() is not None, "the move to wait")
            assert [sent.id for sent in relay.send_next(other, [KIOSK], NOW)] == [number]
        moves.result()
    assert counter.jobs == [("unknown", MOVED)]


def test_whoever_ends_what_is_overdue_waits_for_whoever_speaks_with_the_kiosk(
    settings: Settings, database: Database, counter: Counter
) -> None:
    counter.print()
    hears(database, status())
    counter.print()
    with connect(settings, autocommit=True) as other, futures.ThreadPoolExecutor() as beside:
        with database.transaction():
            relay.hold(database, [KIOSK])
            ends = beside.submit(relay.expire, other, LATE)
            waiting = "SELECT FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"
            until(lambda: database.execute(waiting, [other.info.backend_pid]).fetchone() is not None, "the other one")
            relay.send_next(database, [KIOSK], LATE)
        ends.result()
    assert counter.jobs == [("unknown", relay.UNHEARD), ("failed", relay.AWAY)]


def test_a_slip_that_is_queued_while_its_printer_moves_goes_the_new_way(
    engine: Engine, database: Database, counter: Counter
) -> None:
    with futures.ThreadPoolExecutor() as beside:
        with engine.begin() as connection:
            printers.change(connection, counter.id, printers.Setup("Counter", "cloudprnt:", "epson-80"), NOW)
            prints = beside.submit(counter.print)
            waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            until(lambda: database.execute(waiting).fetchone() is not None, "the slip to wait")
        number = prints.result()
    assert database.execute("SELECT kind FROM job WHERE id = %s", [number]).fetchall() == [("fetch",)]


def test_a_slip_is_queued_while_its_kiosk_is_spoken_to(database: Database, counter: Counter) -> None:
    with database.transaction(), futures.ThreadPoolExecutor() as beside:
        relay.hold(database, [KIOSK])
        assert beside.submit(counter.print).result(20)


def test_each_kiosk_hears_of_its_own_printer(
    database: Database, engine: Engine, counter: Counter, second_kiosk: str
) -> None:
    other = Counter(engine, database, second_kiosk, "Second counter")
    mine, theirs = counter.print(), other.print()
    answers = write(database, [status(), status(second_kiosk)], NOW)
    sent = {(each.kiosk, each.body.id) for each in answers if each.body.topic == "print"}  # type: ignore[union-attr]
    assert sent == {(KIOSK, mine), (second_kiosk, theirs)}


def test_a_self_test_page_goes_the_same_way(database: Database, counter: Counter) -> None:
    counter.set(profile="xprinter-80", code_page="cp1250")
    number = counter.print(None)
    [sent] = hears(database, status())
    assert (sent.id, sent.self_test, sent.slip) == (number, True, UNSET)
    assert (sent.profile, sent.code_page) == ("xprinter-80", "cp1250")


def test_how_the_printer_is_comes_with_health_and_open_pages_hear_of_a_change(
    database: Database, counter: Counter
) -> None:
    assert counter.state == ("unknown", None)
    database.execute(f"LISTEN {changes.STORES}".encode())
    soon = NOW + timedelta(minutes=1)
    for now, state, tells in ((NOW, "paper_low", 1), (soon, "paper_low", 0), (LATE, "nonsense", 0)):
        write(database, [status(printer=state)], now)
        heard = [each for each in database.notifies(timeout=0.2) if each.channel == changes.STORES]
        assert len(heard) == tells
    assert counter.state == ("paper_low", soon)


def test_an_outcome_is_told_to_open_pages(database: Database, counter: Counter) -> None:
    number = counter.print()
    hears(database, status())
    database.execute(f"LISTEN {changes.STORES}".encode())
    hears(database, printed(number, "done"))
    [heard] = database.notifies(timeout=5, stop_after=1)
    assert changes.stores_of(heard.payload) == [counter.store]


@pytest.fixture
def own_signer(engine: Engine, counter: Counter) -> int:
    with engine.begin() as connection:
        values = {"kind": "pi", "store_id": counter.store, "name": "Exit", "kiosk_id": KIOSK}
        return int(connection.execute(insert(signer).values(values).returning(signer.c.id)).scalar_one())


def receipts(database: Database) -> list[Any]:
    return database.execute("SELECT day::text, serial, reference FROM receipt ORDER BY serial").fetchall()


def test_receipts_of_a_kiosk_are_kept_once_and_that_is_said(database: Database, own_signer: int) -> None:
    first, second = ["2026-11-21", 65, "0042"], ["2026-11-22", 66, None]
    [kept] = hears(database, told(own_signer, first, second))
    assert (kept.signer, kept.kept) == (own_signer, 66)
    assert hears(database, told(own_signer, first, second)) == [kept]
    assert receipts(database) == [("2026-11-21", 65, "0042"), ("2026-11-22", 66, None)]
    hears(database, told(own_signer, ["2026-11-22", 66, "0043"], ["2026-11-21", 65, "9999"], ["2026-11-21", 65, "1"]))
    assert receipts(database) == [("2026-11-21", 65, "0042"), ("2026-11-22", 66, "0043")]


def test_receipts_of_a_signer_that_is_not_its_own_are_put_aside_and_hold_nothing_up(
    database: Database, own_signer: int, second_kiosk: str
) -> None:
    [kept] = hears(database, told(own_signer, ["2026-11-22", 66, "0043"], kiosk=second_kiosk))
    assert kept.kept == 66
    assert receipts(database) == []
    [(reason,)] = database.execute("SELECT reason FROM put_aside").fetchall()
    assert reason == f"Signer {own_signer} of these receipts is none of this kiosk's."


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"v":1,"id":1,"state":"burnt"}',
        b'{"v":1,"id":0,"state":"done"}',
        b'{"v":1,"signer":0,"receipts":[["2026-11-22",1,null]]}',
        b'{"v":1,"signer":1,"receipts":[]}',
        b'{"v":1,"signer":1,"receipts":[["yesterday",1,null]]}',
        b'{"v":1,"signer":1,"receipts":[["2026-11-22",16777216,null]]}',
        b'{"v":1,"signer":1,"receipts":[["2026-11-22",1,"a\\u0000b"]]}',
        b'{"v":1,"id":1,"state":"done","text":"' + b"x" * 5000 + b'"}',
    ],
)
def test_nonsense_is_put_aside_and_nobody_is_answered(database: Database, counter: Counter, body: bytes) -> None:
    assert write(database, [Message.read(KIOSK, "printed", body)], NOW) == []
    assert len(database.execute("SELECT FROM put_aside").fetchall()) == 1


def test_a_slip_is_announced(engine: Engine, database: Database, counter: Counter) -> None:
    database.execute(f"LISTEN {changes.NEWS}".encode())
    with engine.begin() as connection:
        relay.announce(connection, f"kiosk://{KIOSK}")
    assert [each.payload for each in database.notifies(timeout=5, stop_after=1)] == [KIOSK]


def test_two_collectors_at_once_send_no_printer_two_slips(
    settings: Settings, database: Database, counter: Counter
) -> None:
    first, _ = counter.print(), counter.print()
    with connect(settings, autocommit=True) as other, futures.ThreadPoolExecutor() as beside:
        with database.transaction():
            assert [sent.id for sent in relay.send_next(database, [KIOSK], NOW)] == [first]
            sends = beside.submit(lambda: [sent.id for sent in relay.send_next(other, [KIOSK], NOW)])
            waiting = "SELECT FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"
            until(lambda: database.execute(waiting, [other.info.backend_pid]).fetchone() is not None, "the other one")
        assert sends.result() == [first]
    assert [state for state, _ in counter.jobs] == ["sending", "queued"]
