"""A `smilepost` command on a computer whose clock jumps: `python -m tests.chaos.clock FILE ingest`.

By how many seconds it is wrong is in the file, and may change at any moment. Only the time of day jumps; what measures
how long something takes does not, as on any computer.
"""

import datetime as calendar
import importlib
import pkgutil
import sys
import time
from pathlib import Path
from typing import Any

import collector.ingest
from collector import cli

_real_time, _real = time.time, calendar.datetime


class _AnyDatetime(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _real)


class Datetime(_real, metaclass=_AnyDatetime):
    """`datetime` whose `now` is that of this computer; what it makes are real ones."""

    def __new__(cls, *arguments: Any, **named: Any) -> Any:
        return _real(*arguments, **named)

    @classmethod
    def now(cls, tz: calendar.tzinfo | None = None) -> Any:
        return _real.now(tz) + calendar.timedelta(seconds=wrong_by())


def wrong_by() -> float:
    """Seconds by which the clock is wrong at the moment."""
    return float(_OFFSET.read_text())


def main(command: list[str]) -> None:
    """Run the command once every module that asks for the time asks this clock."""
    for module in pkgutil.walk_packages(collector.ingest.__path__, "collector.ingest."):
        importlib.import_module(module.name)
    time.time = lambda: _real_time() + wrong_by()
    for name, module in list(sys.modules.items()):
        if name.startswith("collector.") and getattr(module, "datetime", None) is _real:
            vars(module)["datetime"] = Datetime
    cli.main(command)


if __name__ == "__main__":
    _OFFSET = Path(sys.argv[1])
    main(sys.argv[2:])
