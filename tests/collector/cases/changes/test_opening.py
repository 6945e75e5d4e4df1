"""How cases come to be: by an answer, by hand, for an alert; never two for one identity."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from collector.alerts.queries import in_order, visible_alert
from collector.alerts.tables import alert
from collector.cases import changes
from collector.cases.changes.conditional import Doer, KeyUsed, NotAllowed
from collector.cases.changes.opening import examine, examine_left, open_by_hand, open_for_alert
from collector.cases.submit import submit, tap
from collector.cases.tables import cases
from collector.ratings.kinds import Channel
from collector.surveys.answers import Contact, Reply, Source
from collector.surveys.definition import Comment, Nps, Smileys
from collector.surveys.marks import AnswerMark
from collector.surveys.queries import survey_version_of
from collector.surveys.tables import answer
from tests.collector.cases.house import House, at
from tests.collector.customers import ask
from tests.factories import NOW, make_shop


def opened(house: House) -> int:
    with house.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(cases)).scalar_one()


def poster(house: House, name: str = "1") -> Source:
    return Source(f"poster:{name}", Channel.POSTER_QR, house.shop.store, house.shop.exit)


def test_an_answer_opens_one_case(house: House) -> None:
    case_id = house.complain()
    row = house.case(case_id)
    assert (row.kind, row.state, row.touchpoint_id) == ("complaint", "open", house.shop.exit)
    assert row.identity == f"answer:{row.answer_id}"
    with ThreadPoolExecutor() as hands:
        again = hands.map(lambda _: _examine(house, row.answer_id), range(4))
        assert set(again) == {case_id}
    assert house.kinds(case_id) == ["opened"]


def _examine(house: House, answer_id: int) -> int | None:
    with house.engine.begin() as connection:
        return examine(connection, house.settings, answer_id, NOW)


@pytest.mark.parametrize("button", [1, 2, 3])
def test_no_case_without_need(house: House, button: int) -> None:
    submit(house.engine, house.settings, poster(house), Reply("en", button), NOW)
    assert opened(house) == 0


def test_whoever_leaves_a_contact_wants_an_answer(house: House) -> None:
    given = Contact("anna@home.example", "answer", "You may answer me.", at(24 * 90).date())
    case_id = submit(house.engine, house.settings, poster(house), Reply("en", 1, contact=given), NOW).case_id
    assert case_id is not None
    assert house.case(case_id).kind == "question"
    assert house.messages(case_id) == [("receipt", "anna@home.example")]


def test_six_of_ten_is_a_complaint(house: House) -> None:
    with house.engine.begin() as connection:
        ask(connection, house.shop.store, Nps(1, {"en": "Would you recommend us?"}), Smileys(2, {"en": "And today?"}))
    happy = submit(house.engine, house.settings, poster(house, "1"), Reply("en", replies={"1": 7, "2": 1}), NOW)
    unhappy = submit(house.engine, house.settings, poster(house, "2"), Reply("en", replies={"1": 6, "2": 1}), NOW)
    assert happy.case_id is None
    assert unhappy.case_id is not None


def test_a_word_in_a_comment(house: House) -> None:
    with house.engine.begin() as connection:
        questions = Smileys(1, {"en": "How was it?"}), Comment(2)
        ask(connection, house.shop.store, *questions, words={"en": ("mould",)})
    case_id = submit(house.engine, house.settings, poster(house), Reply("en", 1, comment="Mould!"), NOW).case_id
    assert case_id is not None
    assert house.case(case_id).kind == "complaint"


def test_what_staff_say_about_their_work_opens_none(house: House) -> None:
    with house.engine.begin() as connection:
        version = ask(connection, house.shop.store, Smileys(1, {"en": "How is work?"}), audience="staff")
        asked = survey_version_of(connection, version)
    source = Source("poster:1", Channel.POSTER_QR, house.shop.store, survey=asked)
    assert submit(house.engine, house.settings, source, Reply("en", 4), NOW).case_id is None
    with house.engine.begin() as connection:  # not even when somebody looks again
        connection.execute(update(answer).values(examined_at=None))
    assert examine_left(house.engine, house.settings, at(1)) == 0
    assert opened(house) == 0


def test_a_tap_that_nobody_completes_is_looked_at_after_ten_minutes(house: House) -> None:
    tap(house.engine, house.settings, poster(house), Reply("en", 4), NOW)
    assert examine_left(house.engine, house.settings, NOW + timedelta(minutes=9)) == 0
    with ThreadPoolExecutor() as loops:
        minutes = NOW + timedelta(minutes=10)
        assert sum(loops.map(lambda _: examine_left(house.engine, house.settings, minutes), range(4))) == 1
    assert opened(house) == 1
    assert examine_left(house.engine, house.settings, at(1)) == 0


def test_what_was_said_after_that_counts_as_well(house: House) -> None:
    tap(house.engine, house.settings, poster(house), Reply("en", 3), NOW)
    examine_left(house.engine, house.settings, at(1))
    assert opened(house) == 0  # bad, and not a word
    reply = Reply("en", comment="Only one till was open.")
    assert submit(house.engine, house.settings, poster(house), reply, at(2)).case_id is not None


def test_an_address_that_comes_later_hears_of_the_case(house: House) -> None:
    tap(house.engine, house.settings, poster(house), Reply("en", 4), NOW)
    examine_left(house.engine, house.settings, at(1))
    given = Contact("anna@home.example", "answer", "You may answer me.", at(24 * 90).date())
    case_id = submit(house.engine, house.settings, poster(house), Reply("en", contact=given), at(2)).case_id
    assert case_id is not None
    assert opened(house) == 1
    assert house.messages(case_id) == [("receipt", "anna@home.example")]


def test_words_that_come_later_are_heard_once(house: House) -> None:
    house.person("olena", house.shop.store, "olena@shop.example")
    tap(house.engine, house.settings, poster(house), Reply("en", 4), NOW)
    examine_left(house.engine, house.settings, at(1))
    reply = Reply("en", comment="The floor is wet, I fell.")
    case_id = submit(house.engine, house.settings, poster(house), reply, at(2)).case_id
    assert case_id is not None
    assert _examine(house, house.case(case_id).answer_id) == case_id
    assert house.kinds(case_id) == ["opened", "added"]
    assert house.messages(case_id) == [("staff", "olena@shop.example")] * 2
    assert house.told(case_id)[-1].data["comment"] == "The floor is wet, I fell."
    assert house.log(case_id)[-1].comment is None  # the words are the answer's, and are erased there


def test_words_that_come_after_it_was_resolved_open_it_again(house: House) -> None:
    tap(house.engine, house.settings, poster(house), Reply("en", 4), NOW)
    examine_left(house.engine, house.settings, at(1))
    house.do(changes.resolve, 1, house.by(), "Nobody knows why.")
    submit(house.engine, house.settings, poster(house), Reply("en", comment="I fell."), at(2))
    assert house.kinds(1) == ["opened", "resolved", "reopened"]
    assert house.case(1).state == "open"


def test_by_hand(house: House) -> None:
    by = house.by(key="k1")
    what = {"store_id": house.shop.store, "touchpoint_id": house.shop.checkout, "kind": "question"}

    def open_one(by: Doer = by, **other: object) -> int:
        with house.engine.begin() as connection:
            asked = {**what, "subject": "Lost umbrella", **other}
            return open_by_hand(connection, house.settings, by, **asked)  # type: ignore[arg-type]

    with ThreadPoolExecutor() as hands:
        (case_id,) = set(hands.map(lambda _: open_one(), range(4)))
    row = house.case(case_id)
    assert (row.kind, row.subject, row.answer_id) == ("question", "Lost umbrella", None)
    assert house.kinds(case_id) == ["opened"]
    assert house.log(case_id)[0].author == "Olena"
    with pytest.raises(KeyUsed):
        open_one(subject="Another one")
    assert open_one(house.by()) != open_one(house.by())
    for wrong in ({"subject": " "}, {"subject": "x" * 201}, {"touchpoint_id": 999}, {"store_id": house.shop.region}):
        with pytest.raises(NotAllowed):
            open_one(house.by(), **wrong)


def test_not_at_a_store_that_they_do_not_see(house: House) -> None:
    with house.engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=house.shop)
        asked = {"touchpoint_id": None, "kind": "complaint", "subject": "Cold soup"}
        with pytest.raises(NotAllowed, match="no such store"):
            open_by_hand(connection, house.settings, house.by(), store_id=hilltop.store, **asked)  # type: ignore[arg-type]


def raise_alert(house: House, subject: str = "touchpoint/1", **values: object) -> int:
    about = {"rule": "bad-share", "subject": subject, "store_id": house.shop.store, "data": {}, "opened_at": NOW}
    with house.engine.begin() as connection:
        made = insert(alert).values({**about, **values}).returning(alert.c.id)
        return int(connection.execute(made).scalar_one())


def test_one_open_case_for_what_an_alert_is_about(house: House) -> None:
    alert_id = raise_alert(house, touchpoint_id=house.shop.exit)

    def open_one(alert_id: int) -> int:
        with house.engine.begin() as connection:
            return open_for_alert(connection, house.settings, alert_id, NOW)

    with ThreadPoolExecutor() as hands:
        (case_id,) = set(hands.map(open_one, [alert_id] * 4))
    row = house.case(case_id)
    assert (row.identity, row.kind, row.touchpoint_id) == (f"alert:{alert_id}", "alert", house.shop.exit)
    with house.engine.begin() as connection:  # it closed by itself, and came again
        connection.execute(update(alert).values(closed_at=at(1)))
    again = raise_alert(house, opened_at=at(2))
    assert open_one(again) == case_id
    with house.engine.connect() as connection:
        shown = in_order(connection, house.shop.store, after=0, limit=10)
    assert [each.case_id for each in shown] == [case_id, case_id]
    assert open_one(raise_alert(house, "touchpoint/2")) != case_id
    house.do(changes.resolve, case_id, house.by(), "A second till opens.")
    assert open_one(again) != case_id
    with house.engine.connect() as connection:
        assert visible_alert(connection, house.shop.store, alert_id).case_id == case_id  # type: ignore[union-attr]
    assert open_one(alert_id) != open_one(raise_alert(house, "touchpoint/3"))


def test_whoever_wants_an_answer_is_heard_behind_a_busy_address(house: House) -> None:
    """Many answers from one address do not count as ratings; what somebody says among them does."""
    for number in range(7):
        by = f"poster:busy-{number}"
        source = Source(by, Channel.POSTER_QR, house.shop.store, house.shop.exit, device=b"x" * 16)
        tap(house.engine, house.settings, source, Reply("en", 4), NOW)
        if number == 5:
            assert submit(house.engine, house.settings, source, Reply("en", 4), NOW).case_id is None
    calls = Reply("en", 4, contact=Contact("+380501112233", "answer", "You may answer me.", at(24 * 90).date()))
    done = submit(house.engine, house.settings, source, calls, at(0.1))
    assert done.case_id is not None
    with house.engine.connect() as connection:
        row = connection.execute(select(answer).where(answer.c.id == done.answer_id)).one()
    assert row.mark == AnswerMark.MASHING
