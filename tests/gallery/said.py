"""What the customers of Sunrise Market said in words, and the cases that came of it, each in another state."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection, Engine, insert, select

from collector.alerts.changes import acknowledge, close_alert, open_alert
from collector.alerts.policies import watched_stores
from collector.alerts.readings import Reading
from collector.alerts.rules import Verdict
from collector.alerts.watch import look_at
from collector.cases.changes import attachments, by_customer, by_people, closing, joining
from collector.cases.changes.by_clock import climb, remind
from collector.cases.changes.conditional import Doer
from collector.cases.changes.opening import examine_left, open_by_hand
from collector.cases.submit import submit
from collector.cases.tables import cases
from collector.places.tables import touchpoint
from collector.ratings.kinds import Channel
from collector.settings import Settings
from collector.surveys.answers import Consent, Contact, Reply, Source
from collector.surveys.default import DEFINITION
from collector.surveys.definition import Ces, Comment, ContactDetails, Definition, Enps, Gap, Nps, Stars
from collector.surveys.pages.enps import GROUP
from collector.surveys.publish import make_survey, publish, save_draft
from collector.surveys.schedule import Schedule
from collector.surveys.tables import survey
from collector.voices.themes import reading
from tests.factories import NOW
from tests.gallery.drawn import till
from tests.gallery.past import BEGIN, DAY, HOUR, WEEKS
from tests.gallery.shops import STORES, Ids

#: What is said in words: language, face (1 the best), words, reasons.
COMMENTS = (
    ("uk", 4, "Черга до каси на пів магазину, працювала лише одна.", (1,)),
    ("uk", 1, "Дуже привітна касирка, дякую!", (8,)),
    ("en", 3, "The bread was gone by six.", (3,)),
    ("ru", 4, "Цена на полке не та, что в чеке.", (4,)),
    ("en", 1, "Quick and friendly, as always.", (7,)),
    ("uk", 2, "Гарний вибір овочів, але тісно.", (9,)),
    ("ru", 3, "Долго ждали на кассе самообслуживания.", (1,)),
    ("en", 4, "Only one till was open, and the queue reached the fridges.", (1, 2)),
    ("uk", 3, "У відділі сиру нікого не було хвилин десять.", (2,)),
    ("pl", 1, "Czysto i miło.", (12,)),
    ("ru", 1, "Спасибо пекарне: булочки ещё тёплые.", (11,)),
    ("de", 2, "Nette Leute, etwas eng.", ()),
)
CHANNELS = (Channel.POSTER_QR, Channel.RECEIPT_QR, Channel.WEB, Channel.POSTER_QR, Channel.EMAIL, Channel.RECEIPT_QR)
STAFF = Definition(
    (Enps(1, {"en": "Would you recommend us as a place to work?"}), Comment(2, {"en": "What should change?"}))
)
#: How many, over all the weeks.
ANSWERS = 72
CAUSES = ("Too few people", "Goods", "How we spoke to them")
AGREED = "You may write to me about this."
UNTIL = (NOW + 90 * DAY).date()


def make_surveys(connection: Connection, ids: Ids) -> None:
    """The first survey asks for more than it did; another is a draft; the staff of Riverside are asked, too."""
    first, why, _, _ = DEFINITION.questions
    more = (
        Nps(5, {"en": "Would you recommend us to a friend?", "uk": "Чи порадили б ви нас другові?"}),
        Ces(6, {"en": "How easy was it to find what you came for?"}),
        Stars(7, {"en": "How fresh was the bread?"}),
        Gap(8, {"en": "How clean it was"}),
    )
    ids["survey"] = connection.scalar(select(survey.c.id))
    asked = Definition((first, why, *more, Comment(3), ContactDetails(4)))
    publish(connection, save_draft(connection, ids["survey"], asked, "Iryna"), BEGIN)
    save_draft(connection, ids["survey"], Definition((first, why, *more[:2], Comment(3), ContactDetails(4))), "Iryna")
    about = {"touchpoint_id": None, "schedule": Schedule(), "author": "Iryna"}
    values = {"store_id": ids["Riverside"], "name": "Staff room", "position": 9, "audience": "staff"}
    ids["staff room"] = connection.scalar(insert(touchpoint).values(**values).returning(touchpoint.c.id))
    staff = make_survey(
        connection, ids["Riverside"], name="For our people", audience="staff", definition=STAFF, **about
    )
    publish(connection, save_draft(connection, staff, STAFF, "Iryna"), BEGIN)


def talk(engine: Engine, settings: Settings, ids: Ids) -> None:
    """Customers answer, over all the weeks; the jobs read what they wrote."""
    chance = random.Random(4)
    doors = [(store, ids[f"{store} {door}"]) for store, (_, names) in STORES.items() for door in names]
    for number in range(ANSWERS):
        store, door = doors[number % len(doors)]
        language, face, words, reasons = chance.choice(COMMENTS)
        when = NOW - timedelta(hours=3) - (WEEKS * 7 - 1) * DAY * (1 - number / ANSWERS)
        worse = 0.8 * (face - 1) + chance.random()
        reply = Reply(
            language,
            face,
            reasons,
            comment=words if number % 3 or face == 4 else None,
            replies={
                "5": max(0, min(10, round(10 - 2 * worse))),
                "6": max(1, round(7 - 1.4 * worse)),
                "7": max(1, round(5 - worse)),
                "8e": 5,
                "8p": max(1, round(5 - worse)),
            },
            contact=Contact(f"customer-{number}@example.org", "answer", AGREED, UNTIL) if number % 8 == 1 else None,
            consents=(Consent("review", AGREED, UNTIL),) if number % 8 == 1 else (),
        )
        channel = chance.choice(CHANNELS)
        submit(engine, settings, Source(f"said:{number}", channel, ids[store], door), reply, when)
    for number in range(2 * GROUP + 3):
        source = Source(f"staff:{number}", Channel.POSTER_QR, ids["Riverside"], ids["staff room"])
        said = Reply(
            "en",
            replies={"1": (9, 10, 7, 9, 6, 10, 8)[number % 7]},
            comment=("More tills on Sundays." if number % 2 else None),
        )
        submit(engine, settings, source, said, NOW - number * DAY)
    reading.Reading(engine).look()


def handle_cases(engine: Engine, settings: Settings, ids: Ids) -> None:
    """What became of the latest: one is new, others were taken, wait, climbed, are solved, reopened, merged."""

    def complain(
        words: str, hours: float, store: str = "Riverside", language: str = "en", reasons: tuple[int, ...] = (1,)
    ) -> int:
        contact = Contact("+380501112233", "answer", AGREED, UNTIL)
        source = Source(f"case:{words}", Channel.RECEIPT_QR, ids[store], ids[f"{store} Checkout"], reference="3/1017")
        reply = Reply(language, 4, reasons, comment=words, contact=contact)
        submitted = submit(engine, settings, source, reply, at(hours))
        assert submitted.case_id
        return submitted.case_id

    def do(
        change: Callable[..., object], case: int, *what: object, hours: float, by: str = "Olena", **more: object
    ) -> None:
        with engine.begin() as connection:
            doer = Doer(by, ids["Riverside" if by == "Olena" else "top"], at(hours), ids[by])
            assert change(connection, settings, case, doer, *what, **more), (change, case)

    # Those of the weeks before are over.
    with engine.connect() as connection:
        before = connection.execute(select(cases.c.id, cases.c.opened_at).order_by(cases.c.id)).all()
    for number, case in enumerate(before):
        hours = (case.opened_at - NOW) / HOUR + 3 + 5 * (number % 4)
        if hours < -40:
            do(
                closing.resolve,
                case.id,
                "We talked about it today.",
                hours=hours,
                by="Maksym",
                root_cause=CAUSES[number % 3],
            )
    solved = complain("Two of the yoghurts were past their date.", -75, reasons=(5,))
    do(by_people.take, solved, hours=-74)
    do(by_people.reply, solved, "I am sorry. I have the shelf checked now, and call you today.", hours=-73.5)
    did = {"en": "The dairy shelf is checked twice a day.", "uk": "Молочну полицю перевіряємо двічі на день."}
    cause = {"root_cause": "Goods", "compensation": Decimal(120)}
    do(closing.resolve, solved, "We refunded both and check the shelf twice a day now.", hours=-70, did=did, **cause)
    with engine.begin() as connection:
        by_customer.customer_recovers(connection, settings, solved, 1, "Thank you, that was quick.", at(-50), None)
    again = complain("На самообслуживании не прошла карта, чек не вышел.", -52, language="ru", reasons=(4,))
    do(by_people.take, again, hours=-51)
    do(closing.resolve, again, "The receipt is at the information desk.", hours=-50, root_cause="Price or till")
    with engine.begin() as connection:
        by_customer.customer_reopens(connection, settings, again, "Там о чеке ничего не знают.", at(-20), None)
    climbed = complain("Nobody at the cheese counter for ten minutes.", -47, "Hillside", reasons=(2,))
    waiting = complain("The trolley's wheel broke and I dropped everything.", -30, reasons=(6,))
    do(by_people.take, waiting, hours=-28)
    do(by_people.wait, waiting, "Do you still have the receipt? Then we replace what broke.", hours=-27)
    taken = complain("Черга до каси на пів магазину, працювала лише одна.", -3.5, language="uk")
    do(by_people.take, taken, hours=-3)
    do(by_people.comment, taken, "Two people were ill; Andriy takes till 2 from noon.", hours=-2.8)
    do(by_people.reply, taken, "Вибачте. З полудня працюють три каси.", hours=-2.5)
    do(attachments.attach, taken, "till.png", till(), hours=-2.4)
    same = complain("Queue up to the fridges!", -2.2)
    do(joining.merge, same, taken, hours=-2)
    new = complain("Only one till was open, and the queue reached the fridges.", -0.6)
    with engine.begin() as connection:
        by_hand = Doer("Iryna", ids["top"], at(-22), ids["Iryna"])
        about = {"store_id": ids["Station"], "touchpoint_id": None, "kind": "question"}
        open_by_hand(connection, settings, by_hand, subject="A customer asks for a ramp at the side door.", **about)
    examine_left(engine, settings, NOW)
    climb(engine, settings, NOW)
    remind(engine, settings, NOW)
    ids |= {"case": taken, "new case": new, "climbed": climbed, "solved": solved}


def raise_alerts(engine: Engine, settings: Settings, ids: Ids) -> None:
    """What the rules see now; and two that they saw before, of which one is over."""

    def bad(store: str, hours: float, bad: int, of: int) -> int:
        door = ids[f"{store} Checkout"]
        seen = {"bad": bad, "count": of, "percent": 50, "minutes": 15}
        seen_as = Reading(f"touchpoint/{door}", Verdict.RAISE, ids[store], door, seen, opens_case=False)
        with engine.begin() as connection:
            alert_id = open_alert(connection, settings, "bad-share", seen_as, at(hours), tells=True)
        assert alert_id
        return alert_id

    with engine.begin() as connection:
        over = bad("Station", -50, 5, 8)
        close_alert(connection, over, at(-49.2))
    ids["alert"] = bad("Riverside", -0.7, 6, 11)
    with engine.connect() as connection:
        stores = watched_stores(connection)
    for rule in ("away", "battery", "printer"):
        look_at(engine, settings, rule, stores, NOW)
    with engine.begin() as connection:
        acknowledge(connection, ids["alert"], "Olena", ids["Riverside"], at(-0.5))


def at(hours: float) -> datetime:
    return NOW + hours * HOUR
