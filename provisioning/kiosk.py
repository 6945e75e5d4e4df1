"""A bare board becomes a kiosk: its program, its network, its identity, its test, its label.

Each step looks first whether it is done already, so that the same command completes what was interrupted.
"""

import argparse
import contextlib
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from collector.failure import Failure
from collector.fleet.identity import FILE, Identity
from collector.settings import Settings
from provisioning import acceptance
from provisioning.acceptance import Result
from provisioning.board import Board, Console, find_boards, only_board
from provisioning.bundle import installation, version
from provisioning.collector import Collector, NotDone, Touchpoint, reached
from provisioning.network import Network, network
from provisioning.terminal import Reporter, Step, Terminal

WIFI, SCREEN, JOURNAL = "wifi.json", "screen.json", "journal"
#: The file that the firmware finds at its next start, and then erases all but its program (firmware/kiosk/reset.py).
ERASE = "erase"
#: What `--screen` takes (firmware/boards/displays), and what removes the driver.
NO_SCREEN = "none"
SCREENS = ("st7789", "ssd1681", NO_SCREEN)
#: Boards that need no radio of their own.
_BY_CABLE = {"virtual"}
#: Seconds until a slip should be on paper, and between two looks; and the states of one that may still get there.
_PRINT, _LOOK = 20.0, 0.5
_UNDER_WAY = {"queued", "claimed", "sending"}


@dataclass(frozen=True)
class Wanted:
    """What a board is to be.

    Parameters
    ----------
    at: where it is to stand.
    kiosk: its id; None: what it is already, else one that the collector finds.
    network: None: the one that it knows already.
    label: file or folder for its label, PDF; None: the store's printer, where there is one.
    screen: one of SCREENS; None: as it is.
    another_board: that the kiosk `kiosk` lives on another board so far is no mistake.
    """

    at: Touchpoint
    kiosk: str | None = None
    network: Network | None = None
    label: Path | None = None
    screen: str | None = None
    another_board: bool = False


@dataclass(frozen=True)
class Made:
    """A kiosk, and what its acceptance test found."""

    kiosk: str
    result: Result


def run(settings: Settings, parsed: argparse.Namespace) -> int:
    """`smilepost provision kiosk`."""
    terminal = Terminal()
    port = parsed.cable or only_board(find_boards()).path
    with reached(settings, parsed.collector, parsed.token_file) as collector:
        with terminal.step("Collector") as step:
            at = collector.touchpoint(parsed.store, parsed.touchpoint)
            step.said = f"{collector.url}, {at}"
        wifi = network(parsed, terminal)
        wanted = Wanted(at, parsed.kiosk, wifi, parsed.label, parsed.screen, parsed.another_board)
        made = make(port, wanted, collector, terminal)
        page = collector.page(made.kiosk)
    if not made.result.passed:
        terminal.last(f"{made.kiosk} is not ready: mend {_listed(made)}. Then run the same command again.")
        return 1
    terminal.last(f"{made.kiosk} is ready. Hang it up, plug it in, and see it there: {page}")
    return 0


def _listed(made: Made) -> str:
    return ", ".join(made.result.failed)


def make(port: str, wanted: Wanted, collector: Collector, reporter: Reporter) -> Made:
    """Make a kiosk of the board at a port.

    Raises
    ------
    Failure: it could not be completed; the same call goes on where it stood.
    """
    with opened(port, reporter) as board:
        return complete(board, wanted, collector, reporter)


@contextlib.contextmanager
def opened(port: str, reporter: Reporter) -> Iterator[Board]:
    """The board at a port, whatever it runs."""
    with contextlib.ExitStack() as cable:
        with reporter.step("Board") as step:
            board = cable.enter_context(Board.open(port, step.doing))
            step.said = f"{board.described.machine}, MicroPython {board.described.micropython}"
        yield board


def complete(
    board: Board, wanted: Wanted, collector: Collector, reporter: Reporter, patience: float | None = None
) -> Made:
    """Make a kiosk of a board; see `make`.

    Parameters
    ----------
    patience: seconds that a technician has for one button; None: as who stands beside it needs.
    """
    about = board.described
    with reporter.step("Kiosk") as step:
        name = about.firmware()
        step.doing("compiles the firmware for this board")
        files = installation(name)
        about.check(files)  # before the registry has a kiosk that cannot be
        step.doing("")
        kiosk = _registered(board, name, wanted, collector)
        step.said = f"{kiosk}, {wanted.at}"
    _install(board, files, reporter)
    if name not in _BY_CABLE:
        _write_network(board, wanted.network, reporter)
    if wanted.screen:
        _write_screen(board, wanted.screen, reporter)
    with reporter.step("Identity") as step:
        step.said = _write_identity(board, kiosk, collector)
    with reporter.step("Start") as step:
        console, step.said = _started(board, kiosk, step)
    reporter.heading("Acceptance test")
    result = acceptance.accept(console, collector, kiosk, collector.buttons(kiosk), reporter, patience)
    reporter.heading("Last")
    with reporter.step("Report") as step:
        tested = {"board": name, "firmware": version(), "serial": about.serial or None, "steps": result.steps}
        collector.keep_acceptance(kiosk, {"passed": result.passed, **tested})
        step.said = "passed" if result.passed else f"not yet: {', '.join(result.failed)}"
    if result.passed:
        with reporter.step("Label") as step:
            step.said = _label(kiosk, wanted.label, collector, step)
    return Made(kiosk, result)


def _registered(board: Board, name: str, wanted: Wanted, collector: Collector) -> str:
    """The id of the kiosk that this board is to be, which the collector knows."""
    known = is_already(board, collector)
    if known is None or known == wanted.kiosk:
        made = collector.make(wanted.at, wanted.kiosk, name, board.described.serial, another_board=wanted.another_board)
        return str(made["id"])
    stands = collector.kiosk(known)
    is_here = stands["touchpoint_id"] == wanted.at.id
    if wanted.kiosk is None and is_here and stands["state"] != "retired":
        return known
    if stands["state"] == "retired":
        raise Failure(
            f"The board was {known}, which is retired, and may hold its ratings, which nobody takes any more. Make it "
            "blank first: smilepost provision factory-reset --discard"
        )
    if wanted.kiosk or is_here:
        what = f"The board is {known}, and not {wanted.kiosk}."
    else:
        what = f"The board is {known}, which stands elsewhere: `smilepost provision move {known}` moves it."
    raise Failure(f"{what} To make it another one, make it blank first: smilepost provision factory-reset")


def is_already(board: Board, collector: Collector) -> str | None:
    """The kiosk that the board says it is; None for one that is none yet.

    Raises
    ------
    Failure: it is one, and this collector knows none of that name; or nobody knows whose ratings it holds.
    """
    kiosk = kiosk_of(board)
    if kiosk is None:
        if board.has(JOURNAL):
            raise Failure(
                "The board does not say which kiosk it is, and may hold ratings of one, which would count as another "
                "one's. Make it blank first: smilepost provision factory-reset --discard"
            )
        return None
    try:
        collector.kiosk(kiosk)
    except NotDone as problem:
        if problem.status == 404:
            raise Failure(
                f"The board is the kiosk {kiosk} of another collector, or of a place that you do not see, and may "
                "hold its ratings. Make it blank first: smilepost provision factory-reset (where its collector is no "
                "more: --discard)"
            ) from problem
        raise
    return kiosk


def kiosk_of(board: Board) -> str | None:
    """The kiosk that the board says it is, whoever knows that one; None where it says none."""
    try:
        who = json.loads(board.read(FILE) or b"{}")
    except ValueError:
        return None
    kiosk = who.get("kiosk") if isinstance(who, dict) else None
    return kiosk if isinstance(kiosk, str) and kiosk else None


def _install(board: Board, files: dict[str, bytes], reporter: Reporter) -> None:
    with reporter.step("Firmware") as step:
        done = board.install(files, step.progress)
        count = f"{done.sent_files} files" if done.sent_files != 1 else "1 file"
        kept = f", {done.kept_files} were right already" if done.kept_files else ""
        sent = f"{count}, {done.sent_bytes / 1000:.0f} kB sent{kept}" if done.sent_files else "is on it already"
        step.said = f"{version()}: {sent}"


def _write_network(board: Board, network: Network | None, reporter: Reporter) -> None:
    with reporter.step("Wi-Fi") as step:
        if network is None:
            known = json.loads(board.read(WIFI) or b"{}").get("name")
            if not known:
                raise Failure("The board knows no Wi-Fi yet. Name the shop's: --wifi NAME; its password is asked for.")
            step.said = f"{known}, as before"
            return
        board.write_private(WIFI, json.dumps(network.kept).encode())
        step.said = network.name


def _write_screen(board: Board, driver: str, reporter: Reporter) -> None:
    with reporter.step("Screen driver") as step:
        if driver == NO_SCREEN:
            board.remove(SCREEN)
        else:
            board.write_private(SCREEN, json.dumps({"driver": driver}).encode())
        step.said = driver


def _write_identity(board: Board, kiosk: str, collector: Collector) -> str:
    """Tell the board who it is; the secret that it holds stays while it is good. Returns what was done."""
    written = board.read(FILE)
    try:
        held = msgspec.json.decode(written or b"", type=Identity)
    except msgspec.DecodeError:  # or it fits no identity
        held = None
    if held and held.kiosk == kiosk and held.n in collector.secrets(kiosk):
        broker = collector.broker()
        who = msgspec.structs.replace(held, **msgspec.structs.asdict(broker))
        said = f"secret {who.n}, as before, for the broker at {who.host}"
    else:
        who = collector.identity(kiosk)
        said = f"secret {who.n}, for the broker at {who.host}"
    content = msgspec.json.encode(who)
    board.remove(ERASE)  # of a reset that its code did not know: a later release would erase this identity
    if content != written:
        board.write_private(FILE, content)
    return said


def _started(board: Board, kiosk: str, step: Step) -> tuple[Console, str]:
    board.restart()
    step.doing("waits for its firmware")
    console = board.console(30)
    hello = console.ask("hello")
    if hello["kiosk"] != kiosk:
        raise Failure(f"The firmware did not take its identity: {hello['text']} Run the same command again.")
    runs = f"release {hello['release']}, " if hello["release"] else ""
    return console, f"{runs}firmware {hello['firmware']} answers"


def _label(kiosk: str, file: Path | None, collector: Collector, step: Step) -> str:
    """Print the label, or write it where there is no printer; returns where it is."""
    if file is None:
        try:
            key, deadline = secrets.token_hex(16), time.monotonic() + _PRINT
            job = collector.print_label(kiosk, key)
            while job["state"] in _UNDER_WAY and time.monotonic() < deadline:
                step.doing("waits for the printer")
                time.sleep(_LOOK)
                job = collector.print_label(kiosk, key)
            if job["state"] == "done":
                return "on the store's printer"
            if job["state"] in _UNDER_WAY:
                return "will be printed once the store's printer takes it"
        except NotDone:
            pass  # the store has no printer, or several
    file = file or Path()
    file = file / f"{kiosk}.pdf" if file.is_dir() else file
    try:
        file.write_bytes(collector.label(kiosk))
    except OSError as problem:
        raise Failure(f"The label cannot be written into {file}: {problem.strerror}. Name a file: --label") from problem
    return f"in {file}: print it"
