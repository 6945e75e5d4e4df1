"""Points in time as other programs read them."""

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """A point in time, ISO 8601 in UTC with milliseconds: 2026-11-22T09:52:01.250Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
