"""A kiosk at the cable that goes on with its work meanwhile: it is asked by its console."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from collector.failure import Failure
from provisioning.wire.console import Console
from provisioning.wire.line import Line

#: Seconds that firmware has to answer (opening a port starts some boards), and to come back from a restart.
_ANSWER, _BACK = 6.0, 30.0


class NoFirmware(Failure):
    """Nothing at this port answers as a kiosk's firmware does."""


class Running:
    """A board that runs the firmware.

    hello: what it said of itself when it was found.
    """

    def __init__(self, line: Line, console: Console, hello: dict[str, Any]) -> None:
        self._line, self._console, self.hello = line, console, hello

    @property
    def kiosk(self) -> str | None:
        """Its id; None for one that waits for its identity."""
        kiosk: str | None = self.hello["kiosk"]
        return kiosk

    def ask(self, deed: str, **fields: Any) -> dict[str, Any]:
        """Ask for a deed; returns its answer.

        Raises
        ------
        Failure: it did not do it, or the cable is out.
        """
        answer = self._console.ask(deed, **fields)
        if not answer["done"]:
            raise Failure(answer["text"])
        return answer

    def restart(self) -> None:
        """Start it again, and wait until it answers."""
        self.ask("reboot")
        self.wait_for_start()

    def wait_for_start(self) -> None:
        """Wait until it answers after a start that is about to come.

        Raises
        ------
        Failure: it did not come back.
        """
        self._line.see_off()
        self._line.reopen(_BACK)
        self._console, hello = _answered(self._line, _BACK)
        if hello is None:
            raise Failure("It did not come back after its start. Unplug it, plug it in again, and look: provision show")
        self.hello = hello


@contextlib.contextmanager
def running(port: str) -> Iterator[Running]:
    """The kiosk at a port.

    Raises
    ------
    NoFirmware: none answers there.
    Failure: the port cannot be used.
    """
    line = Line(port)
    try:
        line.open()
        console, hello = _answered(line, _ANSWER)
        if hello is None:
            raise NoFirmware(
                f"No kiosk answers at {port}: either it has no firmware yet (smilepost provision kiosk), or it hangs "
                "(unplug it, plug it in again, and run the same command)."
            )
        yield Running(line, console, hello)
    finally:
        line.close()


def _answered(line: Line, seconds: float) -> tuple[Console, dict[str, Any] | None]:
    console, deadline = Console(line), time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        with contextlib.suppress(Failure):  # it may go away once more as it starts
            if hello := console.try_ask("hello", min(left, 1.0), {}):
                return console, hello
            continue
        line.reopen(left)
    return console, None
