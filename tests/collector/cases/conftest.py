import pytest
from sqlalchemy import Engine, select

from collector.cases.tables import cases
from tests.collector.customers import Phone, case_code


@pytest.fixture
def complaint(phone: Phone, poster: str, engine: Engine) -> tuple[int, str]:
    """A case that a customer at Riverside's exit has just opened: its id, and the code of its link."""
    code = case_code(phone.answer(poster, 4, reasons=[1], comment="Only one till was open."))
    with engine.connect() as connection:
        return connection.execute(select(cases.c.id)).scalar_one(), code
