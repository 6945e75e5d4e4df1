"""The acceptance test: a technician sees that a kiosk does all that a shopper and the collector need of it.

Each check is over on its own; one that fails does not end the test, so that the technician sees all there is to mend.
"""

import contextlib
import functools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from collector.failure import Failure
from printer.qr import symbol
from provisioning.board import Console
from provisioning.collector import Collector
from provisioning.terminal import Reporter, Step

#: Seconds until a kiosk must be online; that a technician has for one button; until a press must be in the table.
ONLINE, PRESS, ARRIVE = 90.0, 60.0, 30.0
#: The weakest signal with which a kiosk is let go, dBm; and how far its clock may be off, s.
WEAKEST, CLOCK = -75, 5.0
_LOOK = 0.5
#: Seconds for which presses are no ratings; begun anew before each check and after each answer. As long as the firmware
#: takes it: nobody knows how long a technician looks. A kiosk that is left in the middle starts without it.
WATCH = 3600
#: What a radio's word for the network (firmware/kiosk/wifi.py) means for a technician.
_RADIO = {
    "joining": "it is still joining. Wait a minute. If it stays so: is the network in reach?",
    "not found": "not found. Is the name right, and is it a 2.4 GHz network? Give another: --wifi NAME",
    "wrong password": "wrong password. Give the right one: --wifi NAME, and it is asked for",
    "not let in": "the network does not let the kiosk in. It must be one with WPA2 or none at all, and must not keep "
    "strangers out by a list of their addresses",
    "no address": "joined, but the network gives no address. See to its DHCP server: perhaps it has none left",
    "no answer": "the radio finds no answer. Hang the kiosk nearer to the access point, and see whether that is well",
    "gone": "the network is gone. Is the access point on? Hang the kiosk nearer to it",
    "deaf": "joined, but nothing gets through. Does the network let devices reach the broker, and not only each other?",
}
#: How a sentence of the firmware is known, and what a technician does about it.
_REMEDIES = (
    ("no such name", "Is the broker's name right (`smilepost doctor` on the collector), and known in this network?"),
    ("no address for", "The network's name server does not answer: see to the network"),
    ("no IPv4 address", "The broker's name leads to no IPv4 address: see to that name"),
    ("does not take the secret", "Give the kiosk a fresh one: smilepost provision change --broker"),
    (
        "refused a subscription",
        "The broker does not let the kiosk read what is meant for it: see `smilepost doctor` on the collector",
    ),
    ("refused the connection", "See what the broker has against it: `smilepost doctor` on the collector"),
    (
        "expired",
        "The broker's certificate is out of date: make a new one on the collector (smilepost broker certificates)",
    ),
    ("in the future", "The broker's certificate begins later than now: check the clock of the collector's machine"),
    ("certificate", "The broker shows a certificate of another CA: see `smilepost doctor` on the collector"),
    ("has not answered", "The broker is there, and the collector takes nothing in: see `smilepost doctor` there"),
    (
        "EOFError",
        "The broker hung up at once: it knows the kiosk no more (retired? replaced?), or it is no broker with this "
        "kind of encryption. See the kiosk's page",
    ),
    ("TimeoutError", "Nothing answers at the broker's address: does this network let the kiosk out to that port?"),
    ("connection was lost", "The network or the broker went away. Wait a minute, and look at both"),
    ("fallen silent", "The network or the broker went away. Wait a minute, and look at both"),
)
_UNKNOWN = "Is the broker reachable from this network?"


@dataclass
class Result:
    """What was found."""

    steps: list[dict[str, Any]] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return all(step["passed"] for step in self.steps)

    @property
    def failed(self) -> list[str]:
        """The names of what has to be mended."""
        return [step["name"] for step in self.steps if not step["passed"]]


class Wrong(Failure):
    """A check that did not pass; the message is what the technician is told."""


def accept(
    console: Console,
    collector: Collector,
    kiosk: str,
    buttons: int,
    reporter: Reporter,
    patience: float | None = None,
) -> Result:
    """Test a kiosk that has just been made.

    Parameters
    ----------
    console: of its firmware, which runs.
    kiosk: its id.
    buttons: how many a shopper sees.
    patience: seconds that a technician has for one button; None: PRESS.

    Raises
    ------
    Failure: the kiosk or the collector is gone.
    """
    test, result = _Test(console, collector, kiosk, buttons, reporter, patience or PRESS), Result()
    try:
        for name, check in test.checks():
            began, passed = time.monotonic(), True
            test.watch()
            try:
                with reporter.step(name) as step:
                    try:
                        step.said = check(step)
                    except Wrong as problem:
                        step.said = str(problem)
                        raise
            except Wrong:
                passed = False
            seconds = round(time.monotonic() - began, 1)
            result.steps.append({"name": name, "passed": passed, "said": step.said[:300], "seconds": seconds})
    finally:
        with contextlib.suppress(Failure):  # the kiosk may be gone, which was said already
            console.ask("test-end")
    return result


class _Test:
    """The checks; each returns in a few words what was found, or raises Wrong."""

    def __init__(
        self, console: Console, collector: Collector, kiosk: str, buttons: int, reporter: Reporter, patience: float
    ) -> None:
        self._console, self._collector, self._kiosk = console, collector, kiosk
        self._buttons, self._reporter, self._patience = buttons, reporter, patience
        self._pressed: set[tuple[int, int]] = set()

    def watch(self) -> None:
        """Let no press count as a shopper's for a while."""
        self._console.ask("watch", seconds=WATCH)

    def checks(self) -> Iterator[tuple[str, Callable[[Step], str]]]:
        """In the order in which a failure tells most."""
        yield "Flash", self._flash
        yield "Collector", self._online
        yield "Wi-Fi", self._signal
        yield "Clock", self._clock
        for button in range(1, self._buttons + 1):
            yield f"Button {button}", functools.partial(self._button, button)
        yield "Lights", self._lights
        yield "Sound", self._sound
        yield "Screen", self._screen
        yield "Test rating", self._arrived

    def _flash(self, _step: Step) -> str:
        found, _, _ = self._do("self-test")["text"].partition(";")  # the rest is said by other checks
        return str(found)

    def _online(self, step: Step) -> str:
        step.doing("waits until the collector answers the kiosk")
        deadline, status = time.monotonic() + ONLINE, self._do("status")
        while not status["online"] and time.monotonic() < deadline:
            time.sleep(_LOOK)
            status = self._do("status")
        if not status["online"]:
            raise Wrong(kept_away(status))
        return "the broker lets it in, and the collector answers it"

    def _signal(self, _step: Step) -> str:
        status = self._do("status")
        if status.get("signal") is None:
            return "by cable"
        if status["signal"] < WEAKEST:
            raise Wrong(
                f"{status['signal']} dBm is too weak to last. Hang it nearer to the access point, or turn it "
                f"({WEAKEST} dBm or stronger)."
            )
        return f"{status['signal']} dBm"

    def _clock(self, _step: Step) -> str:
        utc = self._do("status")["utc"]
        if utc is None:
            raise Wrong("The kiosk's clock is not set: the collector sets it when it answers.")
        ahead = utc / 1000 - datetime.now(UTC).timestamp()
        if abs(ahead) > CLOCK:
            raise Wrong(
                f"The kiosk's clock and this computer's are {abs(ahead):.0f} s apart. Which of the two is right?"
            )
        return f"within {abs(ahead):.1f} s"

    def _button(self, button: int, step: Step) -> str:
        where = " (leftmost)" if button == 1 else " (rightmost)" if button == self._buttons else ""
        step.doing(f"Press button {button}{where}")
        others: list[int] = []
        for event in self._console.events(self._patience):
            if event["event"] != "press":
                continue
            self._pressed.add((event["epoch"], event["seq"]))
            if event["button"] == button:
                wrong = f", after {_listed(others)}" if others else ""
                return f"pressed, recorded and lit{wrong}"
            others.append(event["button"])
            step.doing(f"That was button {event['button']}. Press button {button}{where}")
        if others:
            raise Wrong(f"Only {_listed(others)} came. Are the wires of the buttons in another order? (hardware.md)")
        raise Wrong(
            "No press came. See whether its wire goes to the right pin, and the other one to ground (hardware.md)."
        )

    def _lights(self, _step: Step) -> str:
        self._do("light", button=1, level=100)
        if not self._confirm("Did each button light up when it was pressed, and is the first one lit now?"):
            raise Wrong("A light stayed dark. See which way round it is, and its resistor (hardware.md).")
        self._do("light", button=0, level=0)
        return "seen"

    def _sound(self, _step: Step) -> str:
        self._do("sound", name="identify", level=60)
        if not self._confirm("Did you hear it?"):
            raise Wrong("Nothing was heard. Is the sounder a passive one, at its pin? (hardware.md)")
        return "heard"

    def _screen(self, _step: Step) -> str:
        code = symbol(self._collector.page(self._kiosk))
        self._do("screen", size=code.size, bits=code.packed(), text=self._kiosk)
        question = "Scan the code on its screen: does it lead to the kiosk's page? (Without a screen: yes)"
        if not self._confirm(question):
            raise Wrong("The code on the screen could not be read. Is the screen the one that screen.json names?")
        return "its code was read"

    def _arrived(self, step: Step) -> str:
        if not self._pressed:
            raise Wrong("No button was pressed, so nothing could arrive.")
        step.doing("waits until a test press is in the collector's table")
        deadline = time.monotonic() + ARRIVE
        while not (there := self._pressed & self._collector.tests(self._kiosk)):
            if time.monotonic() > deadline:
                raise Wrong(
                    "No test press has reached the collector's table. The kiosk keeps them: look at its page whether "
                    "they are on their way, and at `smilepost doctor` on the collector."
                )
            time.sleep(_LOOK)
        return f"{len(there)} of {len(self._pressed)} presses in the table, marked as tests"

    def _confirm(self, question: str) -> bool:
        try:
            return self._reporter.confirm(question)
        finally:
            self.watch()

    def _do(self, deed: str, **fields: Any) -> dict[str, Any]:
        answer = self._console.ask(deed, **fields)
        if not answer["done"]:
            raise Wrong(answer["text"])
        return answer


def kept_away(status: Mapping[str, Any]) -> str:
    """What keeps a kiosk from the collector by its answer to `status`, and what to do about it."""
    word = status["wifi"]
    if word not in {"joined", "none"}:  # whatever it says of the broker is older
        return _ended(f"The kiosk is not online: Wi-Fi: {_RADIO.get(word, word)}")
    sentence = str(status.get("why") or "no answer yet").strip().rstrip(".")
    remedy = next((remedy for sign, remedy in _REMEDIES if sign in sentence), _UNKNOWN)
    return _ended(f"The kiosk is not online: {sentence}. {remedy}")


def _ended(text: str) -> str:
    return text if text.endswith(("?", ".")) else f"{text}."


def _listed(buttons: list[int]) -> str:
    return f"button {buttons[0]}" if len(set(buttons)) == 1 else f"buttons {', '.join(map(str, buttons))}"
