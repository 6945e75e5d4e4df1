import pytest
from sqlalchemy import Engine, select

from collector.cases.tables import cases
from collector.settings import Settings
from collector.surveys.default import ensure_default
from tests.collector.cases.house import House
from tests.collector.customers import Phone, case_code
from tests.factories import Shop


@pytest.fixture
def complaint(phone: Phone, poster: str, engine: Engine) -> tuple[int, str]:
    """A case that a customer at Riverside's exit has just opened: its id, and the code of its link."""
    code = case_code(phone.answer(poster, 4, reasons=[1], comment="Only one till was open."))
    with engine.connect() as connection:
        return connection.execute(select(cases.c.id)).scalar_one(), code


@pytest.fixture
def house(engine: Engine, settings: Settings, riverside: Shop) -> House:
    """Riverside, where the default survey is asked and nobody works yet."""
    with engine.begin() as connection:
        ensure_default(connection)
    return House(engine, settings, riverside)
