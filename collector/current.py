"""What belongs to the request that is being answered: the database, the settings and the time."""

import re
from datetime import datetime

from flask import current_app, g
from sqlalchemy import Engine

from collector import clock
from collector.settings import Settings

#: No list is looked at further than this.
LAST_PAGE = 10_000
#: The highest number that a row can have.
_LAST_ROW = 2**31 - 1


def row_id(typed: str) -> int:
    """The number of a row, as an address or a form has it.

    Raises
    ------
    ValueError: no row can have it.
    """
    if not re.fullmatch(r"[0-9]{1,10}", typed) or not 1 <= int(typed) <= _LAST_ROW:
        raise ValueError("this is no row's number")
    return int(typed)


def database() -> Engine:
    engine: Engine = current_app.extensions["database"]
    return engine


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def now() -> datetime:
    """The time in UTC, the same all through a request; tests set it by `app.extensions["now"]`."""
    if "now" not in g:
        given = current_app.extensions.get("now")
        g.now = given() if given else clock.now(settings())
    moment: datetime = g.now
    return moment
