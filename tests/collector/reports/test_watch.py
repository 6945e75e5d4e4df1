"""Reports by e-mail: in the morning, once, to whoever may see the place, and nothing of a day on which it was shut."""

from collections.abc import Callable
from datetime import date, timedelta

from pypdfium2 import PdfDocument
from sqlalchemy import Engine, select, update

from collector.accounts.tables import account
from collector.contacts.tables import message
from collector.notify.email import EmailSender
from collector.places.tables import place
from collector.queue.executor import Failed
from collector.reports import subscriptions
from collector.reports.days import Period
from collector.reports.tables import report_issue
from collector.reports.watch import Watch
from collector.settings import Settings
from tests.collector.notify.receivers import claimed, mailboxes, sending
from tests.collector.reports.conftest import YESTERDAY, morning
from tests.factories import NOW, Shop, add_up, make_shop

Reader = Callable[..., int]


def choose(engine: Engine, place_id: int, account_id: int, period: Period = "day", *, days_ago: int = 3) -> None:
    with engine.begin() as connection:
        against = subscriptions.subscribe(
            connection,
            place_id=place_id,
            account_id=account_id,
            period=period,
            author="Iryna",
            key=f"{place_id}-{account_id}-{period}",
            now=NOW - timedelta(days=days_ago),
        )
    assert against is None


def text_of(pdf: bytes) -> str:
    with PdfDocument(pdf) as document:
        return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in document)


def test_it_arrives_once_in_the_morning_with_all_its_figures(
    engine: Engine, settings: Settings, rated: Shop, reader: Reader
) -> None:
    choose(engine, rated.store, reader(rated.store))
    with mailboxes(settings) as (mailbox, there):
        watches = [Watch(engine, there), Watch(engine, there)]
        assert watches[0].look(morning(NOW.date(), 6, 59)) == 0  # Sunday; nobody is told before seven
        assert sum(watch.look(morning(NOW.date())) for watch in watches) == 1
        assert watches[0].look(morning(NOW.date(), 9)) == 0
        assert Watch(engine, there).look(morning(NOW.date(), 11)) == 0  # it was started again
        with sending(there, EmailSender(engine, there)):
            mailbox.wait_for(lambda server: server.mails)
        [mail] = mailbox.sent_to("olha@example.org")
    assert mail.message["Subject"] == "Riverside · 78 of 100 · Saturday, 21 November 2026"
    body = mail.message.get_body(("plain",))
    assert body
    plain = body.get_content()
    for said in ("Ratings counted: 51", "very good: 59 % (30)", "Exit: 78 ±", "A second till is open.", "Came in: 1"):
        assert said in plain
    assert f"/places/{rated.store}/report?period=day&day=2026-11-21" in plain
    page = mail.message.get_body(("html",))
    assert page
    html = page.get_content()
    assert '<span style="font-size:44px;font-weight:600">78</span>' in html
    for loads in ("<img", "<script", "url(", "http-equiv"):
        assert loads not in html
    [sheets] = mail.message.iter_attachments()
    assert sheets.get_filename() == "Riverside-day-2026-11-21.pdf"
    paper = text_of(sheets.get_content())
    for said in ("Riverside", "Daily report · Saturday, 21 November 2026", "of 100", "Long queue", "1 / 1"):
        assert said in paper
    # A customer's own words are kept where they can be erased.
    assert "cmd" not in plain + html + paper


def test_a_day_with_shut_doors_is_no_bad_day(engine: Engine, settings: Settings, rated: Shop, reader: Reader) -> None:
    """And a region whose other store was open has its report, in which the shut one is named."""
    monday = YESTERDAY + timedelta(days=2)
    with engine.begin() as connection:
        make_shop(connection, "Harbour", beside=rated)
        add_up(connection)
    choose(engine, rated.store, reader(rated.store))
    choose(engine, rated.organisation, reader(rated.organisation, "Boss", "boss@example.org"), days_ago=3)
    with mailboxes(settings) as (mailbox, there):
        assert Watch(engine, there).look(morning(monday)) == 1
        assert Watch(engine, there).look(morning(monday, 8)) == 0
        with sending(there, EmailSender(engine, there)):
            mailbox.wait_for(lambda server: server.mails)
        [mail] = mailbox.mails
    assert mail.to == "boss@example.org"
    assert "Nobody left a rating." in mail.message["Subject"]
    [sheets] = mail.message.iter_attachments()
    paper = text_of(sheets.get_content())
    assert "Riverside closed" in paper
    assert "Harbour –" in paper


def test_week_and_month_are_rolled_up_and_speak_the_readers_language(
    engine: Engine, settings: Settings, rated: Shop, reader: Reader
) -> None:
    olha = reader(rated.region, language="uk")
    choose(engine, rated.region, olha, "week", days_ago=10)
    choose(engine, rated.region, olha, "month", days_ago=40)
    with mailboxes(settings) as (mailbox, there):
        assert Watch(engine, there).look(morning(date(2026, 11, 23))) == 1
        assert Watch(engine, there).look(morning(date(2026, 12, 2))) == 1
        with sending(there, EmailSender(engine, there)):
            mailbox.wait_for(lambda server: len(server.mails) == 2)
        subjects = sorted(mail.message["Subject"] for mail in mailbox.mails)
        assert subjects[0].startswith("Region of Riverside · 79 зі 100 · 16")
        assert subjects[1].startswith("Region of Riverside · 8")
        assert subjects[1].endswith("Листопад 2026 р.")
        [sheets] = next(mail for mail in mailbox.mails if "16" in mail.message["Subject"]).message.iter_attachments()
    paper = text_of(sheets.get_content())
    for said in ("Звіт за тиждень", "Riverside", "Riverside: Відкрито другу касу.", "Зачинених днів: 1", "Довга черга"):
        assert said in paper


def test_only_whoever_may_see_the_place_is_told(
    engine: Engine, settings: Settings, rated: Shop, reader: Reader
) -> None:
    today = morning(NOW.date())
    leaver, mover, ender = reader(rated.store, "A"), reader(rated.store, "B"), reader(rated.store, "C")
    silent, late = reader(rated.store, "D", email=None), reader(rated.store, "E")
    for each in (leaver, mover, ender, silent):
        choose(engine, rated.store, each)
    choose(engine, rated.store, late, days_ago=-1)  # after this morning: the first comes tomorrow
    with engine.begin() as connection:
        other = make_shop(connection, "Harbour", beside=rated)
        connection.execute(update(account).where(account.c.id == leaver).values(ended_at=NOW))
        connection.execute(update(account).where(account.c.id == mover).values(place_id=other.store))
        [mine] = [each for each in subscriptions.visible_reports(connection, rated.store) if each.account_id == ender]
        assert subscriptions.end(connection, mine.id, NOW)
    assert Watch(engine, settings).look(today) == 0
    with engine.begin() as connection:
        # Brought back, it goes on with the next one.
        assert subscriptions.bring_back(connection, mine.id, today)
        assert not subscriptions.bring_back(connection, mine.id, today)
    assert Watch(engine, settings).look(today) == 0
    with engine.connect() as connection:
        assert connection.execute(select(report_issue)).all() == []
    # Nobody who does not see a place can be given its report.
    with engine.begin() as connection:
        refused = subscriptions.subscribe(
            connection, place_id=rated.region, account_id=late, period="day", author="X", key="k", now=NOW
        )
        assert refused == subscriptions.NOT_THEIRS


def test_what_waited_is_not_sent_to_somebody_who_may_no_longer_see_it(
    engine: Engine, settings: Settings, rated: Shop, reader: Reader
) -> None:
    """Without a mail server it waits; and it is given up when a day has passed."""
    olha = reader(rated.store)
    choose(engine, rated.store, olha)
    assert Watch(engine, settings).look(morning(NOW.date())) == 1
    with engine.begin() as connection:
        other = make_shop(connection, "Harbour", beside=rated)
        connection.execute(update(account).where(account.c.id == olha).values(place_id=other.store))
        row = connection.execute(select(message)).one()
    assert (row.purpose, row.store_id, row.expires_at) == (
        "staff",
        rated.store,
        morning(NOW.date()) + timedelta(hours=12),
    )
    with mailboxes(settings) as (mailbox, there):
        outcome = EmailSender(engine, there).execute(claimed(engine, row.job_id), lambda: None)
        assert not mailbox.mails
    assert outcome == Failed("Nobody wants this report any more, or may see it.")


def test_a_machine_that_was_off_in_the_morning_sends_it_the_same_day(
    engine: Engine, settings: Settings, rated: Shop, reader: Reader
) -> None:
    choose(engine, rated.store, reader(rated.store))
    assert Watch(engine, settings).look(morning(NOW.date(), 20)) == 0  # in the evening it is worth nothing any more
    with engine.begin() as connection:
        connection.execute(update(place).values(ended_at=NOW))
    assert Watch(engine, settings).look(morning(NOW.date(), 12)) == 0  # the store is no more
    with engine.begin() as connection:
        connection.execute(update(place).values(ended_at=None))
    assert Watch(engine, settings).look(morning(NOW.date(), 12)) == 1
