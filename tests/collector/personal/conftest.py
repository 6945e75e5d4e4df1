"""A customer who left words and an address at Riverside, and everything that has come of it."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, insert, select

from collector.cases.tables import attachment, case_event, cases
from collector.contacts import messages
from collector.settings import Settings
from collector.surveys.tables import answer
from tests.collector.customers import Phone, case_code
from tests.factories import NOW, Shop

WORDS = "Cold soup, said Oksana."
ADDRESS = "oksana@example.org"
NOTE = "Oksana was called back."


@dataclass(frozen=True)
class Customer:
    """Somebody who complained; by the numbers of what is kept of them."""

    answer: int
    case: int
    #: Of their case's link.
    code: str


@pytest.fixture
def complain(
    app: Flask, phone: Phone, poster: str, engine: Engine, settings: Settings, riverside: Shop
) -> Callable[[str], Customer]:
    """Makes a customer with this address whose case has a note, a picture and a message."""

    def make(address: str = ADDRESS) -> Customer:
        code = case_code(phone.answer(poster, 4, reasons=[1], comment=WORDS, contact=address, agrees=True))
        with engine.begin() as connection:
            answer_id = connection.execute(select(answer.c.id).order_by(answer.c.id.desc()).limit(1)).scalar_one()
            case_id = connection.execute(select(cases.c.id).where(cases.c.answer_id == answer_id)).scalar_one()
            _add_to(connection, settings, case_id)
        return Customer(answer_id, case_id, code)

    return make


@pytest.fixture
def oksana(complain: Callable[[str], Customer]) -> Customer:
    return complain(ADDRESS)


def _add_to(connection: Connection, settings: Settings, case_id: int) -> None:
    noted = {"case_id": case_id, "kind": "commented", "author": "Olena", "step": 0}
    connection.execute(insert(case_event).values(**noted, at=NOW, comment=NOTE))
    picture = {"name": "soup.png", "type": "image/png", "content": b"\x89PNG", "author": "", "from_customer": True}
    ends = NOW.date().replace(year=NOW.year + 1)
    connection.execute(insert(attachment).values(case_id=case_id, **picture, at=NOW, erase_on=ends))
    messages.tell_customer(
        connection,
        settings,
        case_id=case_id,
        purpose="progress",
        key=f"test/{case_id}",
        now=NOW,
        words={"text": f"Dear Oksana, about “{WORDS}” …"},
    )


def everything(engine: Engine) -> str:
    """All that the database holds, as text."""
    from tests.collector.backup.full import contents

    return "\n".join(row for rows in contents(engine).values() for row in rows)
