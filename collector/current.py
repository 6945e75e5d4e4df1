"""What belongs to the request that is being answered: the database, the settings and the time."""

from datetime import UTC, datetime

from flask import current_app, g
from sqlalchemy import Engine

from collector.settings import Settings

#: No list is looked at further than this.
LAST_PAGE = 10_000


def database() -> Engine:
    engine: Engine = current_app.extensions["database"]
    return engine


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def now() -> datetime:
    """The time in UTC, the same all through a request; tests set it by `app.extensions["now"]`."""
    if "now" not in g:
        clock = current_app.extensions.get("now")
        g.now = clock() if clock else datetime.now(UTC)
    moment: datetime = g.now
    return moment
