"""Points in time as other programs read them."""

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """A point in time, ISO 8601 in UTC with milliseconds: 2026-11-22T09:52:01.250Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 UTC."""
    return round(moment.timestamp() * 1000)


def to_datetime(ms: int) -> datetime:
    """A moment from milliseconds since 1970 UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC)
