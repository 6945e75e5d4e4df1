"""An answer is one, whatever comes twice, and each scale in it is one rating."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, Row, insert, select

from collector.addresses import digest
from collector.cases.submit import submit, tap
from collector.cases.tables import cases
from collector.contacts.tables import consent, message
from collector.database import connect
from collector.ratings.kinds import Channel, Mark
from collector.ratings.rollup import differences
from collector.ratings.tables import rating, rating_hour
from collector.settings import Settings
from collector.surveys import devices
from collector.surveys.answers import Consent, Contact, Reply, Source, Submitted, answer_of
from collector.surveys.marks import OWN_PHONE, SHOP_SCREEN, AnswerMark
from collector.surveys.queries import survey_at
from collector.surveys.tables import answer, contact, question
from printer.codes import Press, Receipt
from tests.collector.customers import make_receipt
from tests.collector.surveys.asking import BEST, EVERYTHING, STAFF, WITH_CONTACT, ask, make_staff_room
from tests.factories import NOW, Shop, make_kiosk, make_ratings

IN_A_YEAR = NOW.date() + timedelta(days=365)
SOON = NOW + timedelta(minutes=2)


@pytest.fixture
def source(engine: Engine, riverside: Shop) -> Source:
    """A receipt of Riverside's, where everything is asked."""
    with engine.begin() as connection:
        ask(connection, riverside.organisation, definition=EVERYTHING)
        receipt = make_receipt(connection, riverside.store)
    return Source("receipt:1", Channel.RECEIPT_QR, riverside.store, riverside.checkout, receipt=receipt)


@pytest.fixture
def ratings(engine: Engine, settings: Settings) -> Callable[[], dict[str, tuple[int, Mark]]]:
    """Buttons and marks by the words of the question, after a look at whether the roll-up says the same."""

    def read() -> dict[str, tuple[int, Mark]]:
        with connect(settings, autocommit=True) as connection:
            assert not differences(connection, NOW - timedelta(days=2), NOW + timedelta(days=2))
        with engine.connect() as connection:
            rows = connection.execute(
                select(rating.c.button, rating.c.mark, question.c.text, question.c.kind).join(
                    question, question.c.id == rating.c.question_id
                )
            ).all()
        found = {f"{row.text['en']} ({row.kind})": (row.button, Mark(row.mark)) for row in rows}
        assert len(found) == len(rows)
        return found

    return read


def _row(engine: Engine, identity: str = "receipt:1") -> Row[Any]:
    with engine.connect() as connection:
        row = answer_of(connection, identity)
    assert row
    return row


def test_each_scale_that_is_answered_is_a_rating(
    engine: Engine, settings: Settings, source: Source, ratings: Callable[[], dict[str, tuple[int, Mark]]]
) -> None:
    worse = {"1": 2, "3": 0, "4": 6, "5": 1, "6": 5, "7e": 5, "7p": 2}
    submit(engine, settings, source, Reply("en", replies=worse), NOW)
    assert ratings() == {
        "How was your visit? (smileys)": (2, Mark.COUNTED),
        "Would you recommend us? (nps)": (11, Mark.COUNTED),
        "How easy was it? (ces)": (2, Mark.COUNTED),
        "How was the coffee? (stars)": (5, Mark.COUNTED),
        "And the staff? (faces)": (5, Mark.COUNTED),
        "How clean it was (expectation)": (1, Mark.COUNTED),
        "How clean it was (perception)": (4, Mark.COUNTED),
    }
    row = _row(engine)
    assert (row.replies, row.button, row.completed_at) == (worse, 2, NOW)


def test_a_tap_counts_at_once_and_the_rest_completes_it(
    engine: Engine, settings: Settings, source: Source, ratings: Callable[[], dict[str, tuple[int, Mark]]]
) -> None:
    tapped = tap(engine, settings, source, Reply("en", 1), NOW)
    assert (tapped.is_new, tapped.is_complete) == (True, False)
    assert list(ratings()) == ["How was your visit? (smileys)"]
    with engine.connect() as connection:
        assert answer_of(connection, source.identity).completed_at is None
    said = Reply("uk", reasons=[1], comment="Дякую!", replies=BEST)
    completed = submit(engine, settings, source, said, SOON)
    assert completed == Submitted(tapped.answer_id, is_new=True)
    assert len(ratings()) == len(BEST)
    row = _row(engine)
    assert (row.replies, row.comment, row.reasons, row.language) == (BEST, "Дякую!", [1], "uk")
    assert (row.submitted_at, row.completed_at) == (NOW, SOON)
    assert row.comment_erase_on == (SOON + timedelta(days=365)).date()
    again = submit(engine, settings, source, said, SOON)
    assert again == Submitted(tapped.answer_id, is_new=False)
    other = submit(engine, settings, source, Reply("uk", comment="Something else", replies=BEST), SOON)
    assert (other.is_new, other.is_same) == (False, False)
    late = tap(engine, settings, source, Reply("en", 1), SOON)
    assert (late.is_new, late.is_same, late.is_complete) == (False, False, True)
    assert len(ratings()) == len(BEST)


def test_the_face_that_was_tapped_first_stands(
    engine: Engine, settings: Settings, source: Source, ratings: Callable[[], dict[str, tuple[int, Mark]]]
) -> None:
    tap(engine, settings, source, Reply("en", 1), NOW)
    again = tap(engine, settings, source, Reply("en", 1), NOW)
    assert (again.is_new, again.is_same, again.is_complete) == (False, True, False)
    other = tap(engine, settings, source, Reply("en", 4), NOW)
    assert (other.is_new, other.is_same, other.is_complete) == (False, False, False)
    submit(engine, settings, source, Reply("en", 4, comment="Cold"), SOON)
    assert ratings() == {"How was your visit? (smileys)": (1, Mark.COUNTED)}
    assert (_row(engine).button, _row(engine).replies) == (1, {"1": 1})


def test_what_is_completed_answers_the_version_that_was_tapped(
    engine: Engine, settings: Settings, source: Source, riverside: Shop
) -> None:
    tap(engine, settings, source, Reply("en", 1), NOW)
    with engine.begin() as connection:
        before = survey_at(connection, riverside.store)
        ask(connection, riverside.store, definition=WITH_CONTACT)
        after = survey_at(connection, riverside.store)
    submit(engine, settings, source, Reply("en", replies={"3": 10, "9": 1}), SOON)
    assert (_row(engine).version_id, _row(engine).replies) == (before.id, {"1": 1, "3": 10})
    other = Source("poster:1", Channel.POSTER_QR, riverside.store, survey=before)
    submit(engine, settings, other, Reply("en", replies={"3": 10}), SOON)
    assert _row(engine, "poster:1").version_id == before.id
    submit(engine, settings, Source("poster:2", Channel.POSTER_QR, riverside.store), Reply("en", 1), SOON)
    assert _row(engine, "poster:2").version_id == after.id


def test_a_press_keeps_its_rating_and_the_rest_is_beside_it(
    engine: Engine, settings: Settings, source: Source, riverside: Shop
) -> None:
    with engine.begin() as connection:
        cursor_id = make_kiosk(connection, riverside)
        make_ratings(connection, cursor_id, [4])
        from collector.surveys.answers import Rated

        pressed = Rated(riverside.question, 4, 4, 0.0)
    press = Source(
        f"press:{cursor_id}:1",
        Channel.KIOSK_QR,
        riverside.store,
        riverside.exit,
        press=Press(cursor_id, 1),
        rated=pressed,
    )
    submit(engine, settings, press, Reply("en", replies={"1": 1, "3": 2}), NOW)
    row = _row(engine, press.identity)
    assert (row.button, row.score, row.question_id, row.cursor_id, row.seq) == (4, 0, riverside.question, cursor_id, 1)
    assert row.replies == {"3": 2}
    with engine.connect() as connection:
        found = connection.execute(select(rating.c.cursor_id, rating.c.button).order_by(rating.c.cursor_id)).all()
    assert [tuple(each) for each in found] == [(0, 9), (cursor_id, 4)]


def test_two_phones_a_double_tap_and_retries_make_one_answer(
    engine: Engine, settings: Settings, source: Source, ratings: Callable[[], dict[str, tuple[int, Mark]]]
) -> None:
    dice = random.Random(7)
    for number in range(6):
        one = Source(f"receipt:{number}", Channel.RECEIPT_QR, source.store_id, source.touchpoint_id)
        sent = [(tap, Reply("en", button)) for button in (1, 4, 4)]
        sent += [(submit, Reply("en", replies={"1": button, "3": 5, "7e": 4, "7p": 2})) for button in (1, 4, 4, 1)]
        dice.shuffle(sent)

        def send(how: tuple[Any, Reply], one: Source = one) -> Submitted:
            function, reply = how
            done: Submitted = function(engine, settings, one, reply, NOW)
            return done

        with ThreadPoolExecutor(len(sent)) as phones:
            done = list(phones.map(send, sent))
        assert len({each.answer_id for each in done}) == 1
        writers = [each for each in done if each.is_new]
        assert 1 <= len(writers) <= 2  # a tap and what completed it, or all at once
        assert sum(each.is_complete for each in writers) == 1
        row = _row(engine, one.identity)
        assert row.completed_at == NOW
        with engine.connect() as connection:
            buttons = select(rating.c.question_id, rating.c.button).where(rating.c.seq == row.id)
            found = connection.execute(buttons).all()
        assert len(found) == len({each.question_id for each in found}) == len(row.replies) == 4
        assert row.button in {each.button for each in found}


@pytest.mark.parametrize("seed", range(8))
def test_whatever_comes_in_whatever_order(
    engine: Engine, settings: Settings, source: Source, seed: int, ratings: Callable[[], dict[str, tuple[int, Mark]]]
) -> None:
    """Taps and replies of three receipts at random: an answer's first tap stands, its first reply completes it."""
    dice = random.Random(seed)
    expected: dict[str, tuple[dict[str, int], bool]] = {}
    for _ in range(25):
        identity = f"receipt:{dice.randint(1, 3)}"
        one = Source(identity, Channel.RECEIPT_QR, source.store_id, source.touchpoint_id)
        is_tap = dice.random() < 0.5
        asked = ["1"] if is_tap else ["1", *dice.sample(list(BEST)[1:], dice.randint(0, 3))]
        said = {key: dice.randint(1, 4) for key in asked}
        known, is_complete = expected.get(identity, ({}, False))
        writes = not known or (not is_tap and not is_complete)
        done = (tap if is_tap else submit)(engine, settings, one, Reply("en", replies=said), NOW)
        assert done.is_new == writes
        if writes:
            expected[identity] = ({**said, **known}, not is_tap)
        elif not is_tap and is_complete:
            assert done.is_same == (said == known)
    with engine.connect() as connection:
        rows = connection.execute(select(answer)).all()
        rolled = connection.execute(select(rating_hour.c.counted)).scalars().all()
    assert {row.identity: (row.replies, row.completed_at is not None) for row in rows} == expected
    assert sum(rolled) == sum(len(said) for said, _ in expected.values())


def test_an_invitation_is_answered_by_the_channel_it_came_by(
    engine: Engine, settings: Settings, source: Source, riverside: Shop
) -> None:
    for channel, expected in (("sms", Channel.SMS), ("email", Channel.EMAIL), (None, Channel.RECEIPT_QR)):
        with engine.begin() as connection:
            receipt = make_receipt(connection, riverside.store)
            if channel:
                _invite(connection, riverside, receipt, channel)
        one = Source(f"receipt:{channel}", Channel.RECEIPT_QR, riverside.store, receipt=receipt)
        said = Reply("en", replies=BEST)
        tap(engine, settings, one, Reply("en", 1), NOW)
        submit(engine, settings, one, said, NOW)
        assert _row(engine, one.identity).channel == expected
        assert submit(engine, settings, one, said, NOW).is_same
        with engine.connect() as connection:
            channels = select(rating.c.channel).where(rating.c.seq == _row(engine, one.identity).id).distinct()
            assert connection.scalars(channels).all() == [expected]


def _invite(connection: Any, shop: Shop, code: Receipt, channel: str) -> None:
    from collector.links.tables import receipt

    key = {"signer_id": code.signer_id, "day": code.day, "serial": code.serial}
    connection.execute(insert(receipt).values(key))
    connection.execute(
        insert(message).values(
            **{"key": f"invite/{channel}", "purpose": "invitation", "channel": channel, "digest": b"d", **key},
            **{"store_id": shop.store, "language": "en", "content": {}, "expires_at": IN_A_YEAR},
        )
    )


def test_a_contact_is_kept_with_what_was_agreed_to(engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        ask(connection, riverside.organisation, definition=WITH_CONTACT)
    agreed = Consent("review", "You may ask me for a review.", IN_A_YEAR)

    def send(identity: str, address: str) -> Row[Any]:
        given = Contact(address, "answer", "You may write to me about this.", IN_A_YEAR)
        done = submit(
            engine,
            settings,
            Source(identity, Channel.POSTER_QR, riverside.store),
            Reply("en", 3, contact=given, consents=[agreed]),
            NOW,
        )
        with engine.connect() as connection:
            return connection.execute(select(contact).where(contact.c.answer_id == done.answer_id)).one()

    row = send("poster:1", "050 123-45-67")
    assert (row.address, row.digest) == ("050 123-45-67", digest(settings, "+380501234567"))
    # What nobody can be written to at is kept as it was typed: somebody may still make sense of it.
    assert send("poster:2", "ask for Oksana, flat 3").digest is None
    with engine.connect() as connection:
        (kept,) = connection.execute(select(consent)).all()
    assert (kept.digest, kept.purpose, kept.words) == (row.digest, "review", agreed.words)
    assert (kept.source, kept.ends_on) == (f"answer/{row.answer_id}", IN_A_YEAR)


def test_mashing_is_marked_and_not_counted(
    engine: Engine, settings: Settings, source: Source, riverside: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(number: int, minutes: float, *, agent: str = "a", place: int | None = None, kiosk: bool = False) -> int:
        at = NOW + timedelta(minutes=minutes)
        one = Source(
            f"poster:{agent}:{kiosk}:{number}",
            Channel.POSTER_QR,
            riverside.store,
            place or riverside.exit,
            device=devices.digest(settings, "10.0.0.1", agent, NOW),
            is_kiosk=kiosk,
        )
        tap(engine, settings, one, Reply("en", 1), at)
        tap(engine, settings, one, Reply("en", 1), at)  # a double tap is one answer
        return int(_row(engine, one.identity).mark)

    few = OWN_PHONE.answers
    assert [send(number, number / 10) for number in range(few + 2)] == [AnswerMark.NONE] * few + [
        AnswerMark.MASHING
    ] * 2
    assert send(90, 1, agent="b") == AnswerMark.NONE
    assert send(91, 1, place=riverside.checkout) == AnswerMark.NONE
    assert send(92, 21) == AnswerMark.NONE
    screen = [send(number, number / 60, agent="c", kiosk=True) for number in range(SHOP_SCREEN.answers + 1)]
    assert screen[-2:] == [AnswerMark.NONE, AnswerMark.MASHING]
    assert send(93, 2, agent="c", kiosk=True) == AnswerMark.NONE
    with engine.connect() as connection:
        marks = connection.scalars(select(rating.c.mark)).all()
        hidden = connection.scalars(select(rating_hour.c.marked)).all()
    assert marks.count(Mark.MASHING) == sum(hidden) == 3


def test_mashing_at_once_is_counted_one_by_one(
    engine: Engine, settings: Settings, source: Source, riverside: Shop
) -> None:
    device = devices.digest(settings, "10.0.0.1", "a", NOW)

    def send(number: int) -> Submitted:
        one = Source(f"poster:{number}", Channel.POSTER_QR, riverside.store, riverside.exit, device=device)
        return tap(engine, settings, one, Reply("en", 4), NOW)

    with ThreadPoolExecutor(8) as fingers:
        list(fingers.map(send, range(12)))
    with engine.connect() as connection:
        marks = connection.scalars(select(answer.c.mark)).all()
    assert marks.count(AnswerMark.NONE) == OWN_PHONE.answers


def test_spam_is_marked_with_what_was_tapped_before(
    engine: Engine, settings: Settings, source: Source, ratings: Callable[[], dict[str, tuple[int, Mark]]]
) -> None:
    tap(engine, settings, source, Reply("en", 4), NOW)
    assert set(ratings().values()) == {(4, Mark.COUNTED)}
    done = submit(engine, settings, source, Reply("en", comment="https://example.com/win", replies={"3": 0}), SOON)
    assert done.case_id is None
    assert {mark for _, mark in ratings().values()} == {Mark.SPAM}
    assert len(ratings()) == 2
    row = _row(engine)
    assert (row.mark, row.comment) == (AnswerMark.SPAM, "https://example.com/win")
    assert row.examined_at  # nobody looks at it again
    with engine.connect() as connection:
        assert not connection.execute(select(cases)).all()


@pytest.mark.parametrize(("channel", "author"), [(Channel.EMAIL, None), (Channel.HOTLINE, "Oksana")])
def test_what_came_to_a_person_first_is_no_spam(
    engine: Engine, settings: Settings, source: Source, channel: Channel, author: str | None
) -> None:
    one = Source("api:1", channel, source.store_id)
    submit(engine, settings, one, Reply("en", 4, comment="See https://example.com/photo", author=author), NOW)
    row = _row(engine, "api:1")
    assert (row.mark, row.author) == (AnswerMark.NONE, author)


def test_staff_open_no_case_and_get_no_message(
    engine: Engine, settings: Settings, source: Source, riverside: Shop
) -> None:
    with engine.begin() as connection:
        room = make_staff_room(connection, riverside)
        ask(connection, riverside.organisation, definition=STAFF, audience="staff")
    one = Source("poster:staff", Channel.POSTER_QR, riverside.store, room)
    done = submit(engine, settings, one, Reply("en", replies={"1": 0}, comment="Nobody listens."), NOW)
    assert done.case_id is None
    assert _row(engine, "poster:staff").examined_at
    with engine.connect() as connection:
        assert not connection.execute(select(cases)).all()
        assert not connection.execute(select(message)).all()


def test_what_staff_say_stands_under_its_hour(
    engine: Engine, settings: Settings, source: Source, riverside: Shop
) -> None:
    with engine.begin() as connection:
        room = make_staff_room(connection, riverside)
        ask(connection, riverside.organisation, definition=STAFF, audience="staff")
    one = Source("poster:staff", Channel.POSTER_QR, riverside.store, room)
    said, at = Reply("en", replies={"1": 0}, comment="Nobody listens."), NOW + timedelta(seconds=7, microseconds=123456)
    tap(engine, settings, one, said, at)
    submit(engine, settings, one, said, at + timedelta(seconds=20))
    row, hour = _row(engine, "poster:staff"), NOW.replace(minute=0, second=0, microsecond=0)
    with engine.connect() as connection:
        rated = connection.execute(select(rating.c.happened_at, rating.c.received_at)).one()
    assert hour != NOW
    assert {row.submitted_at, row.completed_at, row.examined_at, *rated} == {hour}


def test_positions_follow_the_commits(engine: Engine, settings: Settings, source: Source) -> None:
    def positions() -> Sequence[int]:
        with engine.connect() as connection:
            return connection.scalars(select(answer.c.id).order_by(answer.c.position)).all()

    first = tap(engine, settings, source, Reply("en", 1), NOW).answer_id
    other = Source("receipt:2", Channel.RECEIPT_QR, source.store_id)
    second = submit(engine, settings, other, Reply("en", 1), NOW).answer_id
    assert positions() == [first, second]
    submit(engine, settings, source, Reply("en", replies=BEST), SOON)
    assert positions() == [second, first]
