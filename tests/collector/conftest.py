from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import TupleRow
from sqlalchemy import Engine, select

from collector.database import connect
from collector.fleet.enrolment import Credentials, enrol
from collector.places.tables import touchpoint
from collector.settings import Settings
from collector.surveys.tables import question
from collector.up.shop import open_shop

KIOSK = "exit-1"


@pytest.fixture
def shop(engine: Engine) -> Credentials:
    """The first shop with one kiosk, `exit-1`, at its exit; what that kiosk signs in with."""
    with engine.begin() as connection:
        open_shop(connection)
        place = connection.execute(select(touchpoint.c.id).where(touchpoint.c.name == "Exit")).scalar_one()
        asked = connection.execute(select(question.c.id)).scalar_one()
        return enrol(connection, KIOSK, place, asked)


@pytest.fixture
def database(settings: Settings, shop: Credentials) -> Iterator[psycopg.Connection[TupleRow]]:
    with connect(settings, autocommit=True) as connection:
        yield connection
