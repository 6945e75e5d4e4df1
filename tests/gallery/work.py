"""What the people of Sunrise Market have set up, asked for and written down."""

from base64 import b32encode
from datetime import date, timedelta

import msgspec
import pyotp
from sqlalchemy import Connection, Engine, func, insert, literal, select, update

from collector.accounts import passwords
from collector.accounts.people import changes as people
from collector.accounts.programs.queries import number_of
from collector.accounts.reach import Reach
from collector.accounts.roles import Role
from collector.accounts.second_factor import codes, keep
from collector.accounts.tables import account, api_token
from collector.accounts.tokens import make_token
from collector.audit.tables import audit
from collector.board.links import make_link
from collector.board.tables import board_link
from collector.cases.tables import reply_template
from collector.contacts.messages import invite
from collector.contacts.tables import message
from collector.database import connect
from collector.improvements import changes as improvements
from collector.insights.tables import segment
from collector.money.policy import MoneyPolicy, Worth
from collector.notify.webhooks import make_webhook
from collector.own_words.definition import Names, OwnWords
from collector.policies.queries import give_policy
from collector.policies.tables import policy
from collector.press_filter import asking, runs
from collector.press_filter.tables import filter_run
from collector.queue.tables import job
from collector.reports.tables import export, report
from collector.settings import Settings
from collector.slips.review import issue_review_slip
from collector.voices.segments.rules import Answers, Customers, Places, Said
from tests.factories import NOW
from tests.gallery.past import DAY, HOUR
from tests.gallery.shops import Ids

#: Of all of them.
PASSWORD = "a password of a picture"
PEOPLE: tuple[tuple[str, Role, str], ...] = (
    ("Iryna", "admin", "top"),
    ("Halyna", "admin", "top"),
    ("Maksym", "head-office", "top"),
    ("Svitlana", "region", "Left bank"),
    ("Olena", "store", "Riverside"),
    ("Andriy", "store", "Hillside"),
    ("Taras", "technician", "top"),
    ("Board of directors", "email-only", "top"),
)


def invite_people(connection: Connection, settings: Settings, ids: Ids) -> None:
    for name, role, place in PEOPLE:
        reach = Reach(f"{name.split()[0].lower()}@example.org", None, "en")
        ids[name] = people.add(connection, people.Newcomer(name, role, ids[place], reach), "Iryna")
    kept = passwords.hash_password(PASSWORD)
    connection.execute(update(account).values(password=kept, created_at=NOW - 40 * DAY, seen_at=NOW - HOUR))
    key = codes.new_key()
    right = pyotp.TOTP(b32encode(key).decode()).at(NOW)
    assert keep.begin(connection, settings, ids["Iryna"], key, right, NOW)


def set_up(connection: Connection, settings: Settings, ids: Ids) -> None:
    worth = Worth(currency="UAH", average_order=420, purchases_a_year=38, years=4, leave_percent=30)
    give_policy(connection, ids["top"], "money", MoneyPolicy(worth), "Maksym")
    words = OwnWords(places={"region": {"en": Names("District", "Districts"), "uk": Names("Район", "Райони")}})
    give_policy(connection, ids["top"], "words", words, "Iryna")
    for name, rule in (
        ("Slow tills", Answers(Said(themes=("queue",), faces=("bad", "very-bad")))),
        ("Below 75", Places(index_to=75)),
        ("May be asked for a review", Customers("review")),
    ):
        kind = msgspec.to_builtins(rule)["of"]
        values = {"place_id": ids["top"], "kind": kind, "name": name, "author": "Maksym"}
        values |= {"definition": msgspec.to_builtins(rule), "created_at": NOW - 12 * DAY}
        ids[f"segment of {kind}"] = connection.scalar(insert(segment).values(values).returning(segment.c.id))
    for place, who, period in (
        ("top", "Board of directors", "month"),
        ("Riverside", "Olena", "day"),
        ("top", "Maksym", "week"),
    ):
        values = {"place_id": ids[place], "account_id": ids[who], "period": period, "author": "Maksym"}
        connection.execute(insert(report).values(**values, created_at=NOW - 20 * DAY, since=NOW - 20 * DAY))
    for name, place in (("Staff room", "Riverside"), ("Lobby", "top")):
        ids[f"{name} screen"] = make_link(connection, ids[place], name, "Iryna", NOW)
    connection.execute(update(board_link).values(created_at=NOW - 15 * DAY, seen_at=NOW - timedelta(minutes=1)))
    token = make_token(connection, "Receipts of the tills", ["read"], ids["top"], author="Iryna")
    make_token(connection, "Head office's warehouse", ["read"], ids["top"], author="Iryna", lifetime=90 * DAY)
    ids["token"] = number_of(connection, token)
    connection.execute(update(api_token).values(created_at=NOW - 30 * DAY, used_at=NOW - HOUR))
    ids["webhook"] = make_webhook(connection, "https://central.example.org/smilepost", ids["top"], None).id
    sorry = {"en": "We are sorry, and look into it today.", "uk": "Вибачте, ми розберемося сьогодні."}
    thanks = {"en": "Thank you for telling us.", "uk": "Дякуємо, що сказали."}
    for name, said in (("Sorry", sorry), ("Thanks", thanks)):
        connection.execute(insert(reply_template).values(place_id=ids["top"], name=name, text=said))
    for place, said, ago in (
        (
            "Riverside",
            {"en": "A third till opens at noon on weekends.", "uk": "У вихідні з полудня працює третя каса."},
            5,
        ),
        ("top", {"en": "Prices on shelves are checked every morning.", "uk": "Ціни на полицях звіряємо щоранку."}, 16),
    ):
        about = {"touchpoint_id": None, "case_id": None, "author": "Olena", "now": NOW - ago * DAY}
        improvements.add(connection, place_id=ids[place], text=said, **about)


def ask_for_files(engine: Engine, settings: Settings, ids: Ids) -> None:
    """Exports in each state, slips, invitations, and the press filter over history."""
    month = {"first": date(2026, 10, 1), "last": date(2026, 10, 31)}
    files = (
        ("ratings", month, 8_412, 8_412, "done"),
        ("cases", month, 9, 4, "stopped"),
        ("answers", month, 61, 61, "done"),
    )
    with engine.begin() as connection:
        for name, span, expected, rows, state in files:
            values = {"account_id": ids["Maksym"], "place_id": ids["top"], "list": name, **span, "expected": expected}
            values |= {"rows": rows, "state": state, "created_at": NOW - HOUR, "moved_at": NOW - HOUR if rows else None}
            ids["export"] = connection.scalar(insert(export).values(values).returning(export.c.id))
        for number, printer in enumerate(("Checkout 1", "Checkout 2", "Checkout 1", "Checkout 2"), start=1):
            issue_review_slip(
                connection, settings, ids["Riverside"], ids[printer],
                key=f"{number}", now=NOW - timedelta(minutes=3 * number), reference=f"{number}/10{17 + number}",
            )  # fmt: skip
        for number in range(4):
            invite(
                connection, settings, store_id=ids["Riverside"], address=f"+38050111223{number}", language="uk",
                consent="You may ask me how it was.", key=str(number), now=NOW - number * HOUR,
            )  # fmt: skip
        _end_jobs(connection)
        ids["run"] = asking.ask(connection, ids["Left bank"], date(2026, 10, 11), date(2026, 11, 22), "Svitlana", "r")
        connection.execute(update(filter_run).values(created_at=NOW - HOUR))
    with connect(settings, autocommit=True) as database:
        while runs.work(database):
            pass


#: How messages and slips ended, each in its turn, as their senders say it.
ENDED: tuple[tuple[str, str | None], ...] = (
    *[("done", None)] * 9,
    ("failed", "The mail server answered 550: it does not take this message."),
    ("queued", None),
    ("unknown", "The mail server hung up, or said nothing, when it had the message."),
)


def _end_jobs(connection: Connection) -> None:
    """The first printer has printed a slip, and of one nobody knows; of the messages most have left."""
    connection.execute(update(job).values(created_at=NOW - HOUR, expires_at=NOW + DAY))
    slips = select(job.c.id).where(job.c.target == "printer/1").order_by(job.c.id)
    first, second = connection.scalars(slips).all()[:2]
    _end(connection, first, "done", None)
    _end(connection, second, "unknown", "The program ended while it was being sent.")
    connection.execute(update(job).where(job.c.kind == "webhook").values(state="done", finished_at=NOW - HOUR))
    messages = select(message.c.job_id).where(message.c.job_id.is_not(None)).order_by(message.c.id)
    for number, job_id in enumerate(connection.scalars(messages).all()):
        _end(connection, job_id, *ENDED[number % len(ENDED)])


def _end(connection: Connection, job_id: int, state: str, outcome: str | None) -> None:
    ended = None if state == "queued" else NOW - HOUR
    connection.execute(update(job).where(job.c.id == job_id).values(state=state, outcome=outcome, finished_at=ended))


def settle(connection: Connection) -> None:
    """What was written down just now was so over the last days: pictures do not change with the clock."""
    before = (select(func.max(audit.c.id)).scalar_subquery() - audit.c.id) * timedelta(hours=7)
    connection.execute(update(audit).values(at=literal(NOW - HOUR) - before))
    connection.execute(update(policy).values(created_at=NOW - 20 * DAY))
