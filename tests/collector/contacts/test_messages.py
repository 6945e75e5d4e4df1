"""Messages are written once, with what the policy says of them; and end with a stop, at once."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, insert, select, text, update

from collector.accounts.tables import account
from collector.addresses import digest
from collector.cases.changes import take
from collector.cases.changes.conditional import Doer
from collector.cases.tables import cases
from collector.contacts import messages as telling
from collector.contacts.held import release_held
from collector.contacts.outgoing import Outgoing, outgoing, shown
from collector.contacts.policy import STOPPED, TEXTS_AN_HOUR, TOLD_ALREADY, TOO_MANY_TEXTS, ContactPolicy, Refuse
from collector.contacts.queries import messages_of_case
from collector.contacts.stopping import forget, unsubscribe, whose
from collector.contacts.tables import consent, message
from collector.links.keys import sign
from collector.policies.queries import give_policy
from collector.queue.tables import job
from collector.settings import Settings
from collector.surveys.answers import Consent
from printer.codes import Case
from tests.collector.contacts.conftest import MAIL, PHONE, Complains
from tests.factories import NOW, Shop, make_shop

Messages = Callable[[], list[Any]]
NIGHT = NOW + timedelta(hours=11)  # 22:52 in Kyiv
MORNING = NOW + timedelta(hours=21, minutes=8)


def tell(engine: Engine, settings: Settings, case_id: int, purpose: Any = "outcome", **values: Any) -> int | None:
    values = {"key": f"{purpose}-1", "now": NOW, "words": {"text": "We opened a second till."}, **values}
    with engine.begin() as connection:
        return telling.tell_customer(connection, settings, case_id=case_id, purpose=purpose, **values)


def invite(engine: Engine, settings: Settings, shop: Shop, address: str = PHONE, **values: Any) -> int:
    values = {"language": "uk", "consent": "Yes, ask me.", "key": "a", "now": NOW, **values}
    with engine.begin() as connection:
        return telling.invite(connection, settings, store_id=shop.store, address=address, **values)


def row(engine: Engine, message_id: int | None) -> Any:
    with engine.connect() as connection:
        return connection.execute(
            select(message, job.c.state, job.c.outcome)
            .outerjoin(job, job.c.id == message.c.job_id)
            .where(message.c.id == message_id)
        ).one()


def leaving(engine: Engine, settings: Settings, message_id: int | None, now: Any = NOW) -> Any:
    assert message_id is not None
    with engine.begin() as connection:
        return outgoing(connection, settings, message_id, now)


def test_a_case_that_opens_tells_its_customer(complains: Complains, messages: Messages) -> None:
    case_id = complains()
    [first] = messages()
    assert (first.purpose, first.channel, first.address, first.case_id) == ("receipt", "sms", "+380501234567", case_id)
    assert first.job_id


def test_whoever_types_the_number_of_somebody_else_has_them_told_once(complains: Complains, messages: Messages) -> None:
    cases_opened = {complains() for _ in range(25)}
    assert len(cases_opened) == 25
    first, *others = messages()
    assert first.job_id
    assert {(each.purpose, each.job_id, each.refused) for each in others} == {("receipt", None, TOLD_ALREADY)}


def test_whoever_types_the_numbers_of_others_has_a_few_of_them_told(complains: Complains, messages: Messages) -> None:
    for number in range(TEXTS_AN_HOUR + 5):
        complains(f"050 123 45 {number:02}")
    assert [each.refused for each in messages()] == [None] * TEXTS_AN_HOUR + [TOO_MANY_TEXTS] * 5


def test_what_came_from_a_device_that_answers_again_and_again_is_told_when_somebody_takes_it(
    complains: Complains, messages: Messages, engine: Engine, settings: Settings, riverside: Shop
) -> None:
    for number in range(6):
        case_id = complains(f"guest{number}@example.com", device=b"x" * 16)
    assert case_id
    assert [each.address for each in messages()] == [f"guest{number}@example.com" for number in range(5)]
    with engine.begin() as connection:
        assert take(connection, settings, case_id, Doer("Olena", riverside.store, NOW))
    told = messages()[-1]
    assert (told.address, told.purpose, told.case_id) == ("guest5@example.com", "receipt", case_id)
    assert told.job_id


def test_the_queue_knows_nobody_s_address(complains: Complains, engine: Engine) -> None:
    complains()
    with engine.connect() as connection:
        [queued] = connection.execute(select(job).where(job.c.kind == "sms")).all()
    assert not {"380", "501234567", "Too slow"} & {part for part in map(str, queued) if part}
    assert "501234567" not in str(queued)


def test_the_same_key_is_the_same_message(engine: Engine, settings: Settings, complains: Complains) -> None:
    case_id = complains()
    assert tell(engine, settings, case_id) == tell(engine, settings, case_id, words={"text": "Something else"})
    results: list[Any] = []
    threads = [
        threading.Thread(target=lambda: results.append(tell(engine, settings, case_id, key="at once"))) for _ in "1234"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(results)) == 1
    assert results[0]


def test_nobody_is_told_who_left_no_address(engine: Engine, settings: Settings, complains: Complains) -> None:
    assert tell(engine, settings, complains(None)) is None
    assert tell(engine, settings, complains("ask for me at the counter, 1234567")) is None


def test_words_and_links_are_made_when_it_leaves(engine: Engine, settings: Settings, complains: Complains) -> None:
    case_id = complains(MAIL, language="de")
    going = leaving(engine, settings, tell(engine, settings, case_id))
    assert isinstance(going, Outgoing)
    assert going.to.value == MAIL
    assert going.letter.subject == "Riverside hat eine Antwort für Sie"
    assert "We opened a second till." in going.letter.body
    with engine.begin() as connection:
        code = sign(connection, settings, Case(case_id))
    assert f"{settings.url}/Q/{code}" in going.letter.body
    assert going.stop == f"{settings.url}/Q/{code}/stop"
    with engine.connect() as connection:
        rows = messages_of_case(connection, case_id)
    assert [each.purpose for each in rows] == ["receipt", "outcome"]
    assert "We opened a second till." in shown(rows[1])
    assert code not in shown(rows[1])


def test_by_night_it_is_held_and_in_the_morning_it_goes_once(
    engine: Engine, settings: Settings, complains: Complains
) -> None:
    message_id = tell(engine, settings, complains(), now=NIGHT)
    held = row(engine, message_id)
    assert held.held_until == MORNING.replace(minute=0, second=0, microsecond=0)
    assert release_held(engine, held.held_until - timedelta(seconds=1)) == 0
    done: list[int] = []
    threads = [threading.Thread(target=lambda: done.append(release_held(engine, held.held_until))) for _ in "123"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 0, 1]
    released = row(engine, message_id)
    assert (released.held_until, released.state) == (None, "queued")


def test_a_held_message_that_is_out_of_date_is_refused(
    engine: Engine, settings: Settings, complains: Complains
) -> None:
    message_id = tell(engine, settings, complains(), "progress", now=NIGHT)
    assert release_held(engine, NIGHT + timedelta(days=4)) == 0
    assert "out of date" in row(engine, message_id).refused


def test_stop_works_at_once_for_what_is_held_queued_or_on_its_way(
    engine: Engine, settings: Settings, complains: Complains
) -> None:
    case_id = complains()
    queued, claimed = tell(engine, settings, case_id, key="1"), tell(engine, settings, case_id, key="2")
    held = tell(engine, settings, case_id, key="3", now=NIGHT)
    with engine.begin() as connection:
        connection.execute(update(job).where(job.c.id == row(engine, claimed).job_id).values(state="claimed", worker=1))
        code = sign(connection, settings, Case(case_id))
        who = whose(connection, settings, code)
        assert who == digest(settings, "+380501234567")
        unsubscribe(connection, who, NOW)
    assert (row(engine, queued).state, row(engine, queued).outcome) == ("failed", STOPPED)
    assert row(engine, held).refused == STOPPED
    assert leaving(engine, settings, claimed) == Refuse(STOPPED)  # asked once more before the first byte
    assert row(engine, tell(engine, settings, case_id, key="4")).refused == STOPPED


def test_whoever_says_stop_and_later_asks_for_an_answer_gets_one(
    engine: Engine, settings: Settings, complains: Complains, riverside: Shop
) -> None:
    with engine.begin() as connection:
        unsubscribe(connection, digest(settings, "+380501234567"), NOW - timedelta(days=1))
    assert row(engine, tell(engine, settings, complains())).refused is None
    assert row(engine, invite(engine, settings, riverside)).refused == STOPPED


def test_an_erased_address_is_written_to_by_nobody(engine: Engine, settings: Settings, complains: Complains) -> None:
    case_id = complains()
    first, held = tell(engine, settings, case_id), tell(engine, settings, case_id, key="2", now=NIGHT)
    with engine.begin() as connection:
        assert forget(connection, [each.id for each in messages_of_case(connection, case_id)], NOW) == 3
        assert forget(connection, [each.id for each in messages_of_case(connection, case_id)], NOW) == 0
    for message_id in (first, held):
        after = row(engine, message_id)
        assert (after.address, after.content) == (None, {})
    assert row(engine, first).state == "failed"
    assert row(engine, held).refused
    with engine.connect() as connection:
        assert [shown(each) for each in messages_of_case(connection, case_id)] == ["", "", ""]


def test_an_invitation_has_a_receipt_and_comes_once_in_six_months_wherever(
    engine: Engine, settings: Settings, riverside: Shop
) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    first = invite(engine, settings, riverside, reference="R-17")
    assert invite(engine, settings, riverside, reference="R-17") == first
    assert row(engine, first).serial == 1
    assert "R-17" not in str(leaving(engine, settings, first).letter)
    assert "6 months ago" in row(engine, invite(engine, settings, hillside, "+380 50 1234567")).refused
    assert row(engine, invite(engine, settings, hillside, "+48 601 234 567", key="b")).refused is None
    later = invite(engine, settings, hillside, key="c", now=NOW + timedelta(days=190))
    assert row(engine, later).refused is None


def test_two_stores_that_invite_at_once_send_one(engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        shops = [riverside, *(make_shop(connection, f"Shop {n}", beside=riverside) for n in range(3))]
    made: list[int] = []
    threads = [threading.Thread(target=lambda shop=shop: made.append(invite(engine, settings, shop))) for shop in shops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row(engine, each).refused is None for each in made) == [False, False, False, True]


def test_the_stop_link_of_an_invitation_knows_whom_it_was_sent_to(
    engine: Engine, settings: Settings, riverside: Shop
) -> None:
    going = leaving(engine, settings, invite(engine, settings, riverside))
    code = going.stop.removesuffix("/stop").rpartition("/")[2]
    with engine.begin() as connection:
        assert whose(connection, settings, code) == digest(settings, "+380501234567")
        forged = code[:20] + ("A" if code[20] != "A" else "B") + code[21:]
        assert whose(connection, settings, forged) is None
        assert whose(connection, settings, "nothing") is None


def test_a_consent_that_was_withdrawn_is_none(engine: Engine, settings: Settings, riverside: Shop) -> None:
    message_id = invite(engine, settings, riverside, now=NIGHT)
    with engine.begin() as connection:
        connection.execute(update(consent).values(withdrawn_at=NIGHT))
    release_held(engine, MORNING)
    assert "not agreed" in row(engine, message_id).refused


def test_a_promoter_is_thanked_and_asked_to_tell_others_only_by_policy_and_consent(
    engine: Engine, settings: Settings, complains: Complains, riverside: Shop, messages: Messages
) -> None:
    assert complains("liz@example.com", button=1)  # a contact is a wish for an answer
    assert [each.purpose for each in messages()] == ["receipt"]
    opens = json.dumps({"opens": {"contact": False}})
    with engine.begin() as connection:
        changed = "UPDATE survey_version SET definition = (definition::jsonb || CAST(:opens AS jsonb))::json"
        connection.execute(text(changed).bindparams(opens=opens))
    with engine.begin() as connection:
        policy = ContactPolicy(review_link="https://reviews.example/riverside")
        give_policy(connection, riverside.organisation, "contacts", policy, "Olena")
    agreed = Consent("review", "Yes, write to me.", NOW.date().replace(year=2027))
    complains("bob@example.com", button=1)
    complains("eve@example.com", button=1, consents=[agreed])
    complains("joe@example.com", button=2, consents=[agreed])
    assert [each.purpose for each in messages()] == ["receipt", "thanks", "review"]
    going = leaving(engine, settings, messages()[-1].id)
    assert "https://reviews.example/riverside" in going.letter.body
    assert going.stop.endswith("/stop")


def test_a_promoter_with_a_question_is_asked_to_tell_others_a_day_later(
    engine: Engine, settings: Settings, complains: Complains, riverside: Shop, messages: Messages
) -> None:
    with engine.begin() as connection:
        policy = ContactPolicy(review_link="https://reviews.example/riverside")
        give_policy(connection, riverside.organisation, "contacts", policy, "Olena")
    agreed = Consent("review", "Yes, write to me.", NOW.date().replace(year=2027))
    assert complains(MAIL, button=1, consents=[agreed])
    assert [(each.purpose, each.held_until) for each in messages()] == [
        ("receipt", None),
        ("review", NOW + timedelta(days=1)),
    ]


def test_a_recovery_question_waits_for_the_morning_and_is_not_asked_of_an_open_case(
    engine: Engine, settings: Settings, complains: Complains
) -> None:
    case_id = complains(MAIL)
    asked = tell(engine, settings, case_id, "recovery", now=NIGHT)
    assert row(engine, asked).held_until == MORNING.replace(second=0, microsecond=0)
    release_held(engine, MORNING)
    assert "opened again" in row(engine, asked).refused
    with engine.begin() as connection:
        connection.execute(update(cases).values(state="resolved"))
    anew = tell(engine, settings, case_id, "recovery", key="anew", now=NIGHT)
    assert release_held(engine, MORNING) == 1
    assert row(engine, anew).state == "queued"


def test_people_of_the_house_are_told_where_their_account_says(
    engine: Engine, settings: Settings, complains: Complains, riverside: Shop
) -> None:
    case_id = complains()
    with engine.begin() as connection:
        values = [
            {"name": "Olena", "email": "olena@example.com", "phone": "050 765 43 21", "language": "uk"},
            {"name": "Petro", "email": None, "phone": "050 765 43 22", "language": "en"},
            {"name": "Iryna", "email": None, "phone": None, "language": "en"},
        ]
        made = (
            insert(account)
            .values([{**each, "place_id": riverside.store, "role": "admin"} for each in values])
            .returning(account.c.id)
        )
        ids = connection.scalars(made).all()
        about: dict[str, Any] = {"what": "climbed", "store_id": riverside.store, "case_id": case_id, "now": NIGHT}
        for _ in range(2):
            told = telling.tell_staff(connection, settings, account_ids=ids, key="case-event/7", **about)
            assert told == 2
        rows = connection.execute(select(message).where(message.c.purpose == "staff").order_by(message.c.id)).all()
    assert [(each.channel, each.address) for each in rows] == [("email", "olena@example.com"), ("sms", "+380507654322")]
    going = leaving(engine, settings, rows[0].id, NIGHT)
    assert going.letter.subject == f"Riverside: справа № {case_id} піднялася до вас"
    assert going.letter.body[-1] == f"{settings.url}/cases/{case_id}"
    assert "Too slow" not in str(going)
    assert going.stop == ""
    with engine.connect() as connection:
        assert all(each.purpose != "staff" for each in messages_of_case(connection, case_id))
