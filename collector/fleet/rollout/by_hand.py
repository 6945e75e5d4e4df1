"""A roll-out begun on the machine of the installation, by the name of a place."""

import getpass
import secrets
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import select

from collector.database import make_engine
from collector.failure import Failure
from collector.fleet.rollout.changes import CannotChange, begin
from collector.fleet.rollout.plan import Plan
from collector.fleet.rollout.queries import kiosks_of
from collector.fleet.rollout.stages import FIRST
from collector.places.queries import top_place
from collector.places.tables import place
from collector.settings import Settings


class Begun(NamedTuple):
    number: int
    place: str
    first: str
    url: str


def begin_by_name(settings: Settings, number: int, name: str | None) -> Begun:
    """Begin a roll-out with the usual plan.

    Parameters
    ----------
    name: of a place; None: the whole organisation.

    Raises
    ------
    Failure: there is no such place, or more than one, or it cannot begin.
    """
    engine = make_engine(settings)
    try:
        with engine.begin() as connection:
            found = place.c.name == name if name is not None else place.c.id == top_place(connection)
            places = connection.execute(select(place.c.id, place.c.name).where(found)).all()
            if len(places) != 1:
                many = "no place is" if not places else f"{len(places)} places are"
                raise Failure(f"{many} called {name}. Begin it in the console: {settings.url}/releases")
            [at] = places
            author, key = getpass.getuser(), f"by hand/{secrets.token_hex(8)}"
            rollout_id, _ = begin(connection, at.id, number, Plan(), author, datetime.now(UTC), key)
            [first] = kiosks_of(connection, at.id, rollout_id, stage=FIRST)
    except CannotChange as problem:
        raise Failure(str(problem)) from problem
    finally:
        engine.dispose()
    return Begun(number, at.name, first.kiosk_id, f"{settings.url}/roll-outs/{rollout_id}")
