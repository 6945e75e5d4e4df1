"""A batch of messages becomes rows, moved cursors and answers, all or nothing, each record once."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec import UNSET
from psycopg.rows import TupleRow
from sqlalchemy import Engine, select

from collector.fleet.registry.enrolment import enrol, move, retire
from collector.fleet.settings.given import prefer
from collector.ingest.answers import Answer
from collector.ingest.frames import Ack, Config
from collector.ingest.messages import Excess, Message
from collector.ingest.registry import Registry
from collector.ingest.writer import put_aside
from collector.ingest.writer import write as write_batch
from collector.places.tables import touchpoint
from collector.ratings.partitions import ensure_partitions
from collector.settings import Settings
from collector.surveys.tables import question
from tests.factories import write

Database = psycopg.Connection[TupleRow]
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
UTC_NOW = round(NOW.timestamp() * 1000)
KIOSK = "exit-1"


@pytest.fixture(autouse=True)
def partitions(database: Database) -> None:
    ensure_partitions(database, NOW)
    database.execute("UPDATE kiosk SET enrolled_at = %s", [NOW - timedelta(days=1)])


def record(
    button: int = 1, *, kind: int = 1, extra: int = 0, uptime: int = 50_000, settings: int = 1, flags: int = 1
) -> list[int]:
    return [kind, button, extra, 1, uptime, settings, flags]


def frame(first: int, records: list[Any], *, epoch: int = 77, kiosk: str = KIOSK, **more: Any) -> Message:
    body = {"v": 1, "epoch": epoch, "held": 1, "first": first, "boot": 1, "uptime": 60_000, "utc": UTC_NOW}
    return Message.read(kiosk, "up", json.dumps({**body, "records": records, **more}).encode())


def status(*, epoch: int = 77, kiosk: str = KIOSK, retained: bool = False, **more: Any) -> Message:
    body = {"v": 1, "boot": 1, "connection": 1, "state": "online", "epoch": epoch, "seq": 0, "confirmed": 0}
    return Message.read(kiosk, "status", json.dumps({**body, "settings": 1, **more}).encode(), retained)


def ack(seq: int, **more: Any) -> Answer:
    return Answer(KIOSK, Ack(77, seq, UTC_NOW), **more)


def buttons(database: Database) -> list[int]:
    return [row[0] for row in database.execute("SELECT button FROM rating ORDER BY cursor_id, seq").fetchall()]


def one(database: Database, query: str) -> Any:
    return database.execute(query.encode()).fetchall()[0]


def test_frame_becomes_ratings_and_is_answered(database: Database) -> None:
    assert write(database, [frame(1, [record(4), record(1)])], NOW) == [ack(2)]
    rows = database.execute(
        "SELECT seq, button, score, mark, happened_at, time_quality, name FROM rating"
        " JOIN touchpoint ON touchpoint.id = touchpoint_id ORDER BY seq"
    ).fetchall()
    happened = NOW - timedelta(seconds=10)
    assert rows == [(1, 4, 0.0, 0, happened, 0, "Exit"), (2, 1, 100.0, 0, happened, 0, "Exit")]


def test_fresh_bad_press_gets_a_code_and_no_other(database: Database) -> None:
    stale, fresh = 20_000, 59_000
    [answer] = write(database, [frame(1, [record(4, uptime=stale), record(4, kind=3, uptime=fresh)])], NOW)
    assert answer.press is None
    [answer] = write(database, [frame(3, [record(button, uptime=fresh) for button in (4, 3, 1)])], NOW)
    assert answer.press is not None
    assert answer.press.seq == 4


def test_repeats_jumps_and_overlaps_are_answered_with_the_cursor(database: Database) -> None:
    first, second = frame(1, [record(1), record(2)]), frame(3, [record(3), record(4)])
    answers = write(database, [second, first, first, frame(2, [record(2), record(3)]), second, second], NOW)
    assert answers == [ack(0), ack(2), ack(2), ack(3), ack(4), ack(4)]
    assert buttons(database) == [1, 2, 3, 4]


@hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4)), min_size=1, max_size=6), max_size=6))
def test_any_order_in_any_batches_stores_each_record_once(
    database: Database, batches: list[list[tuple[int, int]]]
) -> None:
    epoch = one(database, "SELECT coalesce(max(epoch), 0) + 1 FROM cursor")[0]
    database.execute("UPDATE cursor SET opened_at = opened_at - interval '1 day'")  # a journal a day is not odd
    recorded = [1 + number * 7 % 4 for number in range(13)]
    for batch in batches:
        messages = [
            frame(start + 1, [record(button) for button in recorded[start : start + count]], epoch=epoch)
            for start, count in batch
        ]
        for message, answer in zip(messages, write(database, messages, NOW), strict=True):
            assert answer.body.seq <= 13, message
    rows = database.execute(
        "SELECT rating.seq, button, cursor.seq FROM rating JOIN cursor ON cursor.id = cursor_id"
        " WHERE epoch = %s ORDER BY rating.seq",
        [epoch],
    ).fetchall()
    assert [row[:2] for row in rows] == list(enumerate(recorded, start=1))[: len(rows)]
    assert all(row[2] == len(rows) for row in rows)


def test_roll_up_says_what_the_ratings_say(database: Database) -> None:
    write(database, [frame(1, [record(4), record(4), record(1), record(2, kind=3), record(1, flags=3)])], NOW)
    rows = database.execute("SELECT hour, button, timed, counted, marked FROM rating_hour ORDER BY button").fetchall()
    hour = datetime(2026, 11, 21, 11, tzinfo=UTC)
    assert rows == [(hour, 1, True, 1, 1), (hour, 2, True, 0, 1), (hour, 4, True, 2, 0)]


def test_flags_say_by_what_it_was_pressed_and_why_it_does_not_count(database: Database) -> None:
    flags = {1: (0, 0), 1 | 8: (0, 1), 1 | 4: (3, 0), 1 | 4 | 8: (3, 1), 1 | 2 | 4: (2, 0)}
    test = record(1, kind=3, flags=1 | 4)
    write(database, [frame(1, [*(record(1, flags=each) for each in flags), test])], NOW)
    rows = database.execute("SELECT mark, channel FROM rating ORDER BY seq").fetchall()
    assert rows == [*flags.values(), (1, 0)]
    assert one(database, "SELECT sum(counted), sum(marked) FROM rating_hour") == (2, 4)


def test_rating_answers_the_question_of_its_day(database: Database, engine: Any, settings: Settings) -> None:
    fridays = {"mon": {"en": "Was it clean?"}, "fri": {"en": "Was it quick?"}}
    with engine.begin() as connection:
        assert prefer(connection, settings, KIOSK, {"weekday_questions": fridays}) == 2
    records = [record(1, settings=2, extra=extra) for extra in (0, 1, 2, 3)] + [record(1, settings=1, extra=1)]
    assert write(database, [frame(1, [*records, record(2, kind=3, extra=9, settings=2)])], NOW) == [ack(6)]
    asked = database.execute(
        "SELECT text->>'en' FROM rating JOIN question ON question.id = question_id ORDER BY seq"
    ).fetchall()
    usual = "How was your visit today?"
    assert [words for (words,) in asked] == [usual, "Was it clean?", "Was it quick?", usual]
    reasons = database.execute("SELECT seq, reason FROM put_aside ORDER BY seq").fetchall()
    assert reasons == [(4, "Settings version 2 has no question 3."), (5, "Settings version 1 has no question 1.")]


def test_unknown_time_is_kept_out_of_hours(database: Database) -> None:
    payload = json.loads(frame(1, [record(4)]).payload)
    del payload["utc"]
    write(database, [Message.read(KIOSK, "up", json.dumps(payload).encode())], NOW)
    assert one(database, "SELECT timed, counted FROM rating_hour") == (False, 1)
    bounds = one(database, "SELECT earliest_at, happened_at, time_quality FROM rating")
    assert bounds == (NOW - timedelta(days=1), NOW, 2)


def test_what_is_gone_is_written_down_as_a_gap(database: Database) -> None:
    write(database, [frame(1, [record(1)])], NOW)
    assert write(database, [frame(5, [record(2)], held=4, lost="full")], NOW) == [ack(3)]
    assert one(database, "SELECT first_seq, last_seq, reason FROM gap") == (2, 3, "full")
    assert write(database, [frame(4, [record(3), record(2)], held=4)], NOW) == [ack(5)]
    assert buttons(database) == [1, 3, 2]


def test_bad_record_is_put_aside_and_holds_nothing_up(database: Database) -> None:
    bad = [[1, 4, 0, 1, 50_000, 1], "nonsense", record(7), record(1, settings=9)]
    assert write(database, [frame(1, [record(1), *bad, record(2)])], NOW) == [ack(6)]
    assert buttons(database) == [1, 2]
    rows = database.execute("SELECT seq, reason, payload FROM put_aside ORDER BY seq").fetchall()
    assert [row[0] for row in rows] == [2, 3, 4, 5]
    assert [row[1] for row in rows[2:]] == [
        "Button 7 was pressed, but the question has 4 buttons.",
        "This kiosk was never given settings version 9.",
    ]
    assert bytes(rows[1][2]) == b'"nonsense"'


@pytest.mark.parametrize("payload", [b"", b"\xff\xfe", b"{}", b'{"v":1,"epoch":"\\u0000"}', b"[" * 5000])
def test_unreadable_frame_is_put_aside_once_and_answered_with_cursor_and_reason(
    database: Database, payload: bytes
) -> None:
    write(database, [frame(1, [record(1)])], NOW)
    for _ in range(2):
        [answer] = write(database, [Message.read(KIOSK, "up", payload)], NOW)
        assert (answer.body.seq, answer.body.refused) == (1, UNSET)
        assert answer.body.reason.endswith(".")
    assert one(database, "SELECT kiosk_id, seq, times FROM put_aside") == (KIOSK, None, 2)


def test_refusal_names_the_frame_where_that_much_can_be_read(database: Database) -> None:
    write(database, [frame(1, [record(1)]), frame(1, [record(1)], epoch=88)], NOW)
    [answer] = write(database, [frame(2, [record(1), record(2)], epoch=77, held=9)], NOW)
    assert (answer.body.epoch, answer.body.seq, answer.body.refused) == (77, 1, (2, 3))


def test_strangers_are_put_aside_without_an_answer(database: Database) -> None:
    assert write(database, [frame(1, [record(1)], kiosk="stranger"), status(kiosk="stranger")], NOW) == []
    assert one(database, "SELECT count(*) FROM put_aside WHERE kiosk_id = 'stranger'") == (2,)
    assert one(database, "SELECT count(*) FROM cursor") == (0,)


def test_new_epoch_opens_a_cursor_of_its_own(database: Database) -> None:
    write(database, [frame(1, [record(1)], epoch=77), frame(1, [record(2), record(3)], epoch=78)], NOW)
    rows = database.execute("SELECT epoch, seq FROM cursor ORDER BY epoch").fetchall()
    assert rows == [(77, 1), (78, 2)]


def test_rating_belongs_to_the_place_where_the_kiosk_stood(database: Database, engine: Any, settings: Settings) -> None:
    database.execute("UPDATE kiosk_placement SET since = %s", [NOW - timedelta(days=1)])
    with engine.begin() as connection:
        move(connection, settings, KIOSK, one(database, "SELECT id FROM touchpoint WHERE name = 'Checkout'")[0])
    moved = NOW - timedelta(seconds=30)
    database.execute("UPDATE kiosk_placement SET until = %s WHERE until IS NOT NULL", [moved])
    database.execute("UPDATE kiosk_placement SET since = %s WHERE until IS NULL", [moved])
    write(database, [frame(1, [record(1, uptime=20_000), record(2, uptime=50_000)])], NOW)
    rows = database.execute(
        "SELECT button, name FROM rating JOIN touchpoint ON touchpoint.id = touchpoint_id ORDER BY seq"
    ).fetchall()
    assert rows == [(1, "Exit"), (2, "Checkout")]


def test_reasons_and_events_are_kept_beside_the_ratings(database: Database) -> None:
    started, reason = [4, 1, 2, 1, 40_000, 0, 0], [2, 3, 1, 1, 55_000, 1, 1]
    assert write(database, [frame(1, [started, record(4), reason])], NOW) == [ack(3)]
    rows = database.execute("SELECT seq, kind, value, extra FROM kiosk_record ORDER BY seq").fetchall()
    assert rows == [(1, 4, 1, 2), (3, 2, 3, 1)]


def test_online_status_is_answered_and_its_retained_copy_is_not(database: Database) -> None:
    assert write(database, [status(seq=3)], NOW) == [ack(0)]
    assert write(database, [status(seq=3, retained=True)], NOW + timedelta(hours=1)) == []
    assert one(database, "SELECT state, seq, received_at FROM kiosk_status") == ("online", 3, NOW)


def test_older_status_is_ignored(database: Database) -> None:
    write(database, [status(boot=2, connection=3, state="online")], NOW)
    for boot, connection in ((2, 2), (1, 9)):
        write(database, [status(boot=boot, connection=connection, state="offline")], NOW)
    assert one(database, "SELECT state FROM kiosk_status") == ("online",)
    write(database, [status(boot=2, connection=3, state="offline")], NOW)
    assert one(database, "SELECT state FROM kiosk_status") == ("offline",)
    # A journal made anew counts its boots from 1; it comes after what the old one said.
    write(database, [status(epoch=78, boot=1, connection=1)], NOW)
    assert one(database, "SELECT state, boot FROM kiosk_status") == ("online", 1)


def test_last_will_takes_nothing_back(database: Database) -> None:
    write(database, [status(seq=9, confirmed=7, health={"depth": 2})], NOW)
    write(database, [status(state="offline", seq=3, confirmed=0)], NOW)
    row = one(database, "SELECT state, seq, confirmed, health FROM kiosk_status")
    assert row == ("offline", 9, 7, {"depth": 2})


def test_kiosk_with_other_settings_is_sent_the_wanted_ones(database: Database) -> None:
    answers = write(database, [status(settings=0)], NOW)
    assert [answer.body.topic for answer in answers] == ["ack", "config"]
    assert answers[1].body == Config(1, one(database, "SELECT settings FROM kiosk_settings")[0])
    assert [answer.body.topic for answer in write(database, [status(settings=1)], NOW)] == ["ack"]


def test_completeness_counts_every_fate(database: Database) -> None:
    unreadable_on_flash = [4, 3, 1, 1, 50_000, 1, 1]
    write(database, [status(seq=9), frame(3, [record(1), "bad", record(2), unreadable_on_flash], held=3)], NOW)
    day = one(database, "SELECT day, recorded, received, stored, put_aside, lost FROM completeness_day")
    assert day == (NOW.date(), 9, 6, 2, 1, 3)


def test_failing_batch_leaves_nothing_behind(database: Database) -> None:
    database.execute("UPDATE place SET time_zone = 'Mars/Olympus'")  # as good as a fault of ours
    with pytest.raises(ZoneInfoNotFoundError):
        write(database, [frame(1, [record(1)])], NOW)
    assert (buttons(database), one(database, "SELECT count(*) FROM cursor")) == ([], (0,))
    assert put_aside(database, frame(1, [record(1)]), "We could not store it.", NOW) == []
    assert one(database, "SELECT count(*) FROM put_aside") == (1,)


def test_status_that_breaks_a_rule_is_put_aside_and_still_answered(database: Database) -> None:
    write(database, [frame(1, [record(1)])], NOW)
    [answer] = write(database, [status(health={"firmware": "\u0000"})], NOW)
    assert (answer.body.seq, one(database, "SELECT count(*) FROM put_aside")) == (1, (1,))


def test_flood_of_nonsense_is_only_counted(database: Database) -> None:
    nonsense = [Message.read(KIOSK, "up", f"nonsense {number}".encode()) for number in range(150)]
    write(database, nonsense[:90], NOW)
    write(database, nonsense[90:], NOW)
    assert one(database, "SELECT count(*), sum(times) FROM put_aside") == (101, 150)
    assert one(database, "SELECT reason LIKE 'More than 100%', times FROM put_aside ORDER BY times DESC") == (True, 50)


def alarms(database: Database) -> list[tuple[str, int]]:
    return database.execute("SELECT kind, times FROM kiosk_alarm ORDER BY kind").fetchall()


def test_a_clock_that_contradicts_itself_is_an_alarm_and_its_records_are_kept(database: Database) -> None:
    write(database, [frame(1, [record(1), record(2)], utc=UTC_NOW + 3_600_000)], NOW)
    assert buttons(database) == [1, 2]
    assert one(database, "SELECT DISTINCT time_quality FROM rating") == (2,)
    assert alarms(database) == [("clock", 2)]


def test_several_new_journals_in_a_day_are_an_alarm(database: Database) -> None:
    for epoch in (1, 2):
        write(database, [frame(1, [record(1)], epoch=epoch)], NOW)
    assert alarms(database) == []
    write(database, [frame(1, [record(1)], epoch=3)], NOW)
    assert alarms(database) == [("epochs", 1)]


def test_of_a_flood_of_journals_no_more_are_opened_and_the_kiosk_keeps_what_it_has(database: Database) -> None:
    messages = [frame(1, [record(1)], epoch=epoch) for epoch in range(1, 31)]
    answers = [answer for message in messages for answer in write(database, [message], NOW)]
    assert len(answers) == 20
    assert one(database, "SELECT count(*), max(epoch) FROM cursor") == (20, 20)
    assert "journals within a day" in one(database, "SELECT min(reason) FROM put_aside")[0]
    [answer] = write(database, [messages[-1]], NOW + timedelta(days=1, minutes=1))
    assert answer.body.seq == 1


def test_the_journal_of_another_kiosk_is_an_alarm_and_not_counted(
    database: Database, engine: Engine, settings: Settings
) -> None:
    with engine.begin() as connection:
        place = connection.execute(select(touchpoint.c.id)).scalars().first()
        asked = connection.execute(select(question.c.id)).scalars().first()
        enrol(connection, settings, "exit-2", place, asked)
    database.execute("UPDATE kiosk SET enrolled_at = %s", [NOW - timedelta(days=1)])
    write(database, [frame(1, [record(1), record(2)])], NOW)
    [answer] = write(database, [frame(1, [record(1), record(2)], kiosk="exit-2")], NOW)
    assert answer.body.seq == 2  # it is not stuck
    marks = (
        "SELECT kiosk_id, array_agg(DISTINCT mark) FROM rating JOIN cursor ON cursor.id = cursor_id"
        " GROUP BY kiosk_id ORDER BY kiosk_id"
    )
    assert database.execute(marks).fetchall() == [("exit-1", [0]), ("exit-2", [2])]
    assert one(database, "SELECT kiosk_id, kind FROM kiosk_alarm") == ("exit-2", "foreign")


def test_a_kiosk_that_says_too_much_is_told_to_wait(database: Database) -> None:
    write(database, [frame(1, [record(1)])], NOW)
    answers = write_batch(database, Registry(), [], NOW, [Excess(KIOSK, 700, 4000), Excess("stranger", 9, 4000)])
    assert answers == [Answer(KIOSK, Ack(77, 1, UTC_NOW, wait=4000))]
    assert alarms(database) == [("flood", 700)]


def test_each_day_of_the_store_has_its_own_counts(database: Database) -> None:
    days = [NOW, NOW + timedelta(days=1), NOW + timedelta(days=1, hours=1)]
    for number, now in enumerate(days):
        write(database, [frame(2 * number + 1, [record(1), "bad" if number == 1 else record(2)])], now)
    rows = database.execute("SELECT day, received, stored, put_aside FROM completeness_day ORDER BY day").fetchall()
    assert rows == [(NOW.date(), 2, 2, 0), (days[1].date(), 6, 3, 1)]


def test_statuses_of_one_kiosk_in_one_batch_keep_their_order(database: Database) -> None:
    moments = [(1, "online"), (1, "offline"), (2, "online"), (3, "offline")]
    write(database, [status(connection=connection, state=state) for connection, state in moments], NOW)
    assert one(database, "SELECT connection, state FROM kiosk_status") == (3, "offline")


def test_what_is_kept_of_a_kiosk_holds_until_it_changes(database: Database, engine: Engine, settings: Settings) -> None:
    registry = Registry()
    write_batch(database, registry, [frame(1, [record(1)])], NOW)
    with engine.begin() as connection:
        other = connection.execute(select(touchpoint.c.id).where(touchpoint.c.name == "Checkout")).scalar_one()
        move(connection, settings, KIOSK, other)
    database.execute("UPDATE kiosk_placement SET since = %s WHERE until IS NULL", [NOW - timedelta(minutes=1)])
    write_batch(database, registry, [frame(2, [record(2)])], NOW)
    assert [row[0] for row in database.execute("SELECT touchpoint_id FROM rating ORDER BY seq")][1] == other
    with engine.begin() as connection:
        retire(connection, KIOSK, NOW)
    assert write_batch(database, registry, [frame(3, [record(3)])], NOW) == []


def test_every_record_that_is_put_aside_is_kept(database: Database) -> None:
    unknown = [record(1, settings=9) for _ in range(100)]
    for first in (1, 101, 201):
        [answer] = write(database, [frame(first, unknown)], NOW)
    assert answer.body.seq == 300  # the kiosk forgets them
    assert one(database, "SELECT count(*), count(DISTINCT seq), min(length(payload)) FROM put_aside")[:2] == (300, 300)


def test_what_was_put_aside_while_the_clock_was_ahead_does_not_count_today(database: Database) -> None:
    nonsense = [Message.read(KIOSK, "up", f"nonsense {number}".encode()) for number in range(100)]
    write(database, nonsense, NOW + timedelta(days=30))
    write(database, [Message.read(KIOSK, "up", b"more of it")], NOW)
    assert one(database, "SELECT count(*) FROM put_aside WHERE payload = 'more of it'") == (1,)


def test_the_end_of_a_connection_is_its_last_word(database: Database) -> None:
    write(database, [status(state="offline")], NOW)
    write(database, [status(state="online")], NOW)  # by another collector, later
    assert one(database, "SELECT state FROM kiosk_status") == ("offline",)
    write(database, [status(state="online", connection=2)], NOW)
    assert one(database, "SELECT state FROM kiosk_status") == ("online",)


def test_a_collector_whose_clock_was_ahead_dates_what_comes_after_it(database: Database) -> None:
    ahead = timedelta(days=20)
    write(database, [frame(1, [record(1)], utc=UTC_NOW + 20 * 86_400_000)], NOW + ahead)
    write(database, [frame(2, [record(2, uptime=uptime) for uptime in (10_000, 50_000)])], NOW)
    qualities = database.execute("SELECT time_quality FROM rating WHERE seq > 1 ORDER BY seq").fetchall()
    assert qualities == [(0,), (0,)]
    assert alarms(database) == []


def test_a_fleet_that_is_larger_than_what_is_kept_is_taken_all_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.ingest.registry.KEPT", 0)
    registry = Registry()
    for seq in (1, 2, 3):
        [answer] = write_batch(database, registry, [frame(seq, [record(1)])], NOW)
        assert answer.body.seq == seq
