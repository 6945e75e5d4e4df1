"""The time by which numbers of telephones are right: the machine's own, even where an installation lives in another."""

from datetime import UTC, datetime

from flask import current_app


def real_time() -> datetime:
    """Now, in UTC; tests set it by `app.extensions["now"]`."""
    given = current_app.extensions.get("now")
    moment: datetime = given() if given else datetime.now(UTC)
    return moment
