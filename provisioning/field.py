"""`smilepost provision show`, `change`, `factory-reset`: a technician at a kiosk that has been made already."""

import argparse
import contextlib
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from collector.failure import Failure
from collector.settings import Settings
from provisioning.acceptance import kept_away
from provisioning.board import Board, find_boards, only_board
from provisioning.collector import NotDone, reached
from provisioning.kiosk import ERASE, kiosk_of
from provisioning.network import network
from provisioning.running import NoFirmware, Running, running
from provisioning.terminal import Step, Terminal

#: Seconds until a kiosk must be online after a change, and where nothing was changed; until it has sent all it holds.
ONLINE, ANSWER, SENT = 90.0, 30.0, 180.0
_LOOK = 0.5


def show(_settings: Settings, parsed: argparse.Namespace) -> None:
    """What is at the cable. A kiosk goes on with its work meanwhile."""
    terminal, port = Terminal(), _port(parsed)
    try:
        with running(port) as kiosk:
            status = kiosk.ask("status")
            for name, said in _facts(port, kiosk.hello, status):
                terminal.fact(name, said)
    except NoFirmware:
        with Board.open(port) as board:  # which starts it anew: it may hang for once only
            about = board.described
        terminal.fact("Board", f"{about.machine}, MicroPython {about.micropython}, at {port}")
        terminal.fact("Chip", about.serial)
        firmware = about.board or "none for this board: hardware.md says which to buy"
        terminal.fact("Firmware for it", firmware)
        terminal.last("No kiosk's firmware runs on it. Make a kiosk of it: smilepost provision kiosk --help")
        return
    terminal.last(_next(kiosk.hello, status))


def change(settings: Settings, parsed: argparse.Namespace) -> int:
    """Another Wi-Fi, or the broker, certificates and a fresh secret from the collector; ratings stay."""
    terminal = Terminal()
    wifi = network(parsed, terminal)
    if wifi is None and not parsed.broker:
        raise Failure("What is to be changed? --wifi NAME, or --broker; `--help` says what they do.")
    with running(_port(parsed)) as kiosk:
        with terminal.step("Kiosk") as step:
            step.said = f"{kiosk.kiosk or 'waits for its identity'}, firmware {kiosk.hello['firmware']}"
        if wifi:
            with terminal.step("Wi-Fi") as step:
                kiosk.ask("wifi", **wifi.kept)
                step.said = wifi.name
        if parsed.broker:
            with terminal.step("Broker") as step:
                step.said = _new_broker(kiosk, settings, parsed)
        with terminal.step("Start") as step:
            kiosk.restart()
            step.said = "it answers again"
        if kiosk.kiosk is None:
            terminal.last("It has no identity yet. Make a kiosk of it: smilepost provision kiosk --help")
            return 0
        with terminal.step("Collector") as step:
            why = _until_online(kiosk, step)
            if why:
                raise Failure(f"{why} The change is kept, and so are its ratings; change it once more.")
            step.said = "the broker lets it in, and the collector answers it"
    terminal.last(f"{kiosk.kiosk} is online again. What it recorded meanwhile is on its way.")
    return 0


def factory_reset(_settings: Settings, parsed: argparse.Namespace) -> int:
    """All but its program goes; what the collector has not confirmed is sent first."""
    terminal, port = Terminal(), _port(parsed)
    if parsed.discard:
        return _discard(terminal, port, parsed)
    with running(port) as kiosk:
        name = kiosk.kiosk
        if name:
            with terminal.step("Collector") as step:
                _check_online(kiosk, step)
                step.said = "answers the kiosk"
        unsent = kiosk.ask("status").get("depth", 0) if name else 0
        first = f" First it sends {_counted(unsent)}." if unsent else ""
        question = f"Everything on {name or 'this board'} but its program goes.{first} Sure?"
        if not parsed.sure and not terminal.sure(question):
            terminal.last("Nothing was done.")
            return 1
        kiosk.ask("factory-reset", sure=True)
        if unsent:
            with terminal.step("Unsent") as step:
                _until_sent(kiosk, step)
        with terminal.step("Reset") as step:
            _until_blank(kiosk)
            step.said = "the board waits for an identity"
    _say_blank(terminal, name)
    return 0


def _check_online(kiosk: Running, step: Step) -> None:
    if why := _until_online(kiosk, step, ANSWER):
        raise Failure(
            f"{kiosk.kiosk} erases itself once the collector has confirmed all that it recorded, and that does not "
            f"answer it. {why} Nothing was done. Where it never will (the kiosk is retired, or its collector is no "
            "more): smilepost provision factory-reset --discard"
        )


def _port(parsed: argparse.Namespace) -> str:
    return str(parsed.cable or only_board(find_boards()).path)


def _facts(port: str, hello: dict[str, Any], status: dict[str, Any]) -> list[tuple[str, str]]:
    kiosk, why = hello["kiosk"], str(status.get("why") or "")
    facts = [
        ("Kiosk", kiosk or f"none yet: {why}"),
        ("Board", f"{hello['board']}, at {port}"),
        ("Firmware", f"{hello['firmware']}, release {hello['release']}" if hello["release"] else hello["firmware"]),
        ("Running", _span(hello["uptime"] / 1000)),
        ("Wi-Fi", "by cable" if status["wifi"] == "none" else _wifi(status)),
    ]
    if kiosk:
        facts += [
            ("Collector", "answers" if status["online"] else f"out of reach: {why or 'no answer yet'}"),
            ("Recorded", f"{hello['last']} in all"),
            ("Unsent", str(status.get("depth", 0))),
        ]
    return facts


def _wifi(status: dict[str, Any]) -> str:
    signal = status.get("signal")
    return f"{status['wifi']}, {signal} dBm" if signal is not None else str(status["wifi"])


def _next(hello: dict[str, Any], status: dict[str, Any]) -> str:
    if not hello["kiosk"]:
        return "Make a kiosk of it: smilepost provision kiosk --help"
    if status["online"]:
        return f"{hello['kiosk']} is well."
    return kept_away(status)


def _new_broker(kiosk: Running, settings: Settings, parsed: argparse.Namespace) -> str:
    if kiosk.kiosk is None:
        raise Failure("This board waits for its identity, which names the broker, too: smilepost provision kiosk")
    with reached(settings, parsed.collector, parsed.token_file) as collector:
        try:
            identity = collector.identity(kiosk.kiosk)
        except NotDone as problem:
            raise Failure(f"{kiosk.kiosk}: {problem}") from problem
    kiosk.ask("identity", **msgspec.to_builtins(identity))
    return f"secret {identity.n}, for the broker at {identity.host}"


def _until_online(kiosk: Running, step: Step, seconds: float = ONLINE) -> str:
    """Why it is not online, and what to do about it; "" where it is."""
    step.doing("waits until the collector answers the kiosk")
    deadline = time.monotonic() + seconds
    while not (status := kiosk.ask("status"))["online"]:
        if time.monotonic() > deadline:
            return kept_away(status)
        time.sleep(_LOOK)
    return ""


def _until_sent(kiosk: Running, step: Step) -> None:
    deadline = time.monotonic() + SENT
    most = left = 0
    with contextlib.suppress(Failure):  # it restarts as soon as it can
        while True:
            status = kiosk.ask("status")
            left = status.get("depth", 0)
            most = max(most, left)
            step.progress(most - left, most)
            if not left or time.monotonic() > deadline:
                break
            time.sleep(_LOOK)
    if left and time.monotonic() > deadline:
        why = "It sends slowly." if status["online"] else kept_away(status)
        raise Failure(
            f"{kiosk.kiosk} still holds {_counted(left)} that the collector has not confirmed, so it was not erased. "
            f"{why} As long as it has power it erases itself once "
            "they are confirmed. Where they may be lost: --discard"
        )
    step.said = "all confirmed"


def _until_blank(kiosk: Running) -> None:
    deadline = time.monotonic() + SENT
    while kiosk.kiosk is not None:
        if time.monotonic() > deadline:
            why = "" if (status := kiosk.ask("status"))["online"] else f"{kept_away(status)} "
            raise Failure(
                f"{kiosk.kiosk} has not erased itself yet. {why}It does so once the collector has confirmed all that "
                "it recorded: smilepost provision show. Where that may be lost: --discard"
            )
        kiosk.wait_for_start()


def _discard(terminal: Terminal, port: str, parsed: argparse.Namespace) -> int:
    """For a kiosk that nobody confirms anything any more: one that is retired, or of a collector that is no more."""
    with _mark_taken_back(port), Board.open(port) as board:
        name = kiosk_of(board)
        question = f"Everything on {name or 'this board'} goes, and ratings that were never sent are lost. Sure?"
        if not parsed.sure and not terminal.sure(question):
            terminal.last("Nothing was done.")
            return 1
        with terminal.step("Reset") as step:
            board.write_private(ERASE, b"")
            board.restart()
            board.console(60)
            step.said = "the board waits for an identity"
    _say_blank(terminal, name)
    return 0


@contextlib.contextmanager
def _mark_taken_back(port: str) -> Iterator[None]:
    """Where a reset fails, its mark goes: code that does not know it would leave it to a later release."""
    try:
        yield
    except Failure:
        with contextlib.suppress(Failure), Board.open(port) as board:
            board.remove(ERASE)
        raise


def _say_blank(terminal: Terminal, name: str | None) -> None:
    ended = f" {name} is still in the registry: smilepost provision retire {name} --why retired" if name else ""
    terminal.last(f"The board is blank: smilepost provision kiosk makes another kiosk of it.{ended}")


def _counted(unsent: int) -> str:
    return f"{unsent} records" if unsent != 1 else "1 record"


def _span(seconds: float) -> str:
    hours, minutes = divmod(int(seconds) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{int(seconds)} s"
