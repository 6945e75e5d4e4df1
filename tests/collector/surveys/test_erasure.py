"""Personal data has an end."""

from datetime import timedelta

from sqlalchemy import Engine, select, update

from collector.database import connect
from collector.notify.tables import outbox
from collector.settings import Settings
from collector.surveys.erasure import erase_expired
from collector.surveys.tables import answer, contact
from tests.collector.customers import Phone
from tests.factories import NOW


def test_contacts_end_on_their_day_and_words_after_a_year(
    phone: Phone, poster: str, engine: Engine, settings: Settings
) -> None:
    phone.answer(poster, 4, reasons=[1], comment="Cold soup.", contact="oksana@example.org", agrees=True)
    with engine.begin() as connection:
        connection.execute(update(outbox).values(at=NOW))

    def kept(days: int) -> tuple[int, str | None, list[int], str | None]:
        with connect(settings, autocommit=True) as jobs:
            erase_expired(jobs, NOW.date() + timedelta(days=days))
        with engine.connect() as connection:
            contacts = connection.execute(select(contact)).all()
            row = connection.execute(select(answer)).one()
            told = connection.execute(select(outbox)).one()
        return len(contacts), row.comment, row.reasons, told.data["comment"]

    assert kept(89) == (1, "Cold soup.", [1], "Cold soup.")
    assert kept(90) == (0, "Cold soup.", [1], "Cold soup.")
    assert kept(365) == (0, "Cold soup.", [1], "Cold soup.")
    assert kept(366) == (0, None, [1], None)
