"""What a survey's pages ask of the database: nobody reads the same thing twice."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from collector.settings import Settings
from tests.collector.customers import FIRST, Phone, code_of, form_of, hidden_fields, make_receipt, words
from tests.factories import Shop

#: Statements that each page may take; a few fewer are no reason to change this, one more is a reason to look.
LOOK, TAP, SEND, SEND_WITH_CASE = 5, 14, 13, 26

Counted = Callable[[Callable[[], TestResponse]], tuple[TestResponse, int]]


@pytest.fixture
def counted(app: Flask) -> Counted:
    """Does something, and counts the statements that it takes."""
    seen: list[str] = []
    event.listen(app.extensions["database"], "before_cursor_execute", lambda *about: seen.append(about[2]))

    def count(act: Callable[[], TestResponse]) -> tuple[TestResponse, int]:
        seen.clear()
        return act(), len(seen)

    return count


@pytest.mark.parametrize(("face", "comment", "most"), [(1, "", SEND), (4, "Only one till was open.", SEND_WITH_CASE)])
def test_each_page_takes_few_statements(
    phone: Phone,
    engine: Engine,
    settings: Settings,
    riverside: Shop,
    counted: Counted,
    face: int,
    comment: str,
    most: int,
) -> None:
    with engine.begin() as connection:
        first, second = (make_receipt(connection, riverside.store, serial=serial) for serial in (1, 2))
    code = code_of(engine, settings, second)
    phone.answer(code_of(engine, settings, first), 1)  # whatever is made once is made now
    page, taken = counted(lambda: phone.scan(code))
    assert taken <= LOOK
    fields = hidden_fields(page)
    rest, taken = counted(lambda: phone.post(code, {**fields, FIRST: str(face)}))
    assert taken <= TAP
    form = form_of(rest)
    thanks, taken = counted(lambda: phone.send(code, form, comment=comment))
    assert taken <= most
    assert "Thank you!" in words(thanks)
    assert ("/Q/" in thanks.text) is (most == SEND_WITH_CASE)
