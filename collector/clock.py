"""The time of this installation.

It is the machine's, unless `clock_file` names a file with seconds by which it is ahead: so a test or a demonstration
lives through days of waiting in a moment. Kiosks follow it, because they are told the time with every `ack`; sign-ins
and what is due in the queue of jobs keep to the database's own.
"""

import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collector.failure import Failure
from collector.settings import Settings

_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class ClockFailure(Failure):
    """The test clock cannot be read or moved; the message says why and what to do."""


def now(settings: Settings) -> datetime:
    """The time in UTC.

    Raises
    ------
    ClockFailure: the file of the test clock holds no number.
    """
    return datetime.now(UTC) + ahead(settings)


def ahead(settings: Settings) -> timedelta:
    """How far the test clock is ahead; nothing where there is none, or nobody has moved it yet."""
    if settings.clock_file is None:
        return timedelta()
    try:
        return timedelta(seconds=float(settings.clock_file.read_text()))
    except FileNotFoundError:
        return timedelta()
    except (OSError, ValueError, OverflowError) as problem:
        raise ClockFailure(
            f"clock_file: {settings.clock_file} should hold a number of seconds and nothing else. Write 0 into it."
        ) from problem


def move(settings: Settings, by: timedelta | None) -> datetime:
    """Move the test clock forward, or (None) back to the machine's time; returns the time it is then.

    Raises
    ------
    ClockFailure: this installation has no test clock.
    """
    if settings.clock_file is None:
        raise ClockFailure(
            "this installation lives in the machine's time. For tests and demonstrations alone, name a file by "
            "which its time can be moved: SMILEPOST_CLOCK_FILE=…, for every part of it."
        )
    total = timedelta() if by is None else ahead(settings) + by
    _replace(settings.clock_file, f"{total.total_seconds():.3f}\n")
    return now(settings)


def span(text: str) -> timedelta | None:
    """What somebody typed: `+26h`, `+1d12h`, `+30m`; None for `real`.

    Raises
    ------
    ClockFailure: it is neither.
    """
    if text == "real":
        return None
    if not re.fullmatch(r"\+(\d{1,6}[smhd])+", text):
        raise ClockFailure(f"{text!r} is no way to move the time. Write +26h, +1d12h or +30m; or real: back again.")
    return sum((int(count) * _UNITS[unit] for count, unit in re.findall(r"(\d+)([smhd])", text)), timedelta())


def _replace(path: Path, content: str) -> None:
    """In one step: whoever reads meanwhile sees the old content or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as draft:
        draft.write(content)
    Path(draft.name).chmod(0o644)
    Path(draft.name).replace(path)
