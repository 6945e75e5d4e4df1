"""The work on a list: each board finds its line, and becomes that kiosk, in a thread of its own."""

import contextlib
import getpass
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from collector.failure import Failure
from provisioning.batch.lists import Line, Row, State, write_report
from provisioning.board import Board, Port
from provisioning.collector import Collector, NotDone
from provisioning.kiosk import Made, Wanted, complete, is_already, opened
from provisioning.network import Network
from provisioning.terminal import Step

#: Seconds that a technician has for one button: there are others to press meanwhile.
PATIENCE = 600.0
#: Seconds until boards that are left in the middle have been started again; and between two looks.
_LET_GO, _LOOK = 20.0, 0.2
#: Whoever is a USB device without a chip beside it goes and comes with each start, perhaps at another path.
_OWN_USB = {0x2E8A, 0x303A}


@dataclass
class Seat:
    """A board at a port, and what is done with it; see `provisioning.terminal.Reporter`."""

    port: Port
    said: str = "looks what it is"
    line: Line | None = None
    is_over: bool = False
    board: Board | None = None
    is_left: Callable[[], bool] = field(default=lambda: False, repr=False)
    ask: Callable[[str], bool] = field(default=lambda _: True, repr=False)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[Step]:
        self._say(name)
        step = Step(lambda doing, done, of: self._say(f"{name} {100 * done // of} %" if of else doing or name))
        yield step
        if name == "Kiosk" and self.line:
            self.line.kiosk = step.said.partition(",")[0]

    def heading(self, text: str) -> None:
        pass

    def confirm(self, question: str) -> bool:
        self._say("waits for an answer")
        return self.ask(f"{self.line.kiosk if self.line else self.port.path}: {question}")

    @property
    def holds(self) -> bool:
        """Whether its board is at a prompt, or may be."""
        return not self.is_over and (self.board is None or not self.board.was_restarted)

    def _say(self, text: str) -> None:
        if self.is_left() and self.holds:
            raise Failure("Nobody waits for it any more.")  # which lets go of the board
        if self.line:
            self.line.said = text
        else:
            self.said = text


class Batch:
    """The work on a list.

    Parameters
    ----------
    lines: as `read_list` gives them.
    report: is written anew whenever something changes.
    ports: where boards are now; asked again and again.
    ask: puts a question to the technician; in the thread of `run`, one at a time.
    labels: folder for the labels, PDF; None: the stores' printers.
    screen: what is fitted to all of them; None: as each has it.
    """

    def __init__(
        self,
        lines: Sequence[Line],
        report: Path,
        collector: Collector,
        ports: Callable[[], Sequence[Port]],
        ask: Callable[[str], bool],
        network: Network | None = None,
        labels: Path | None = None,
        screen: str | None = None,
    ) -> None:
        self.lines = lines
        #: By what a board is known by while it is plugged in.
        self.seats: dict[str, Seat] = {}
        self.is_stopping = False
        #: What should not have happened.
        self.faults: list[Exception] = []
        self._report, self._collector, self._ports, self._ask = report, collector, ports, ask
        self._network, self._labels, self._screen, self._by = network, labels, screen, getpass.getuser()
        self._choosing = threading.Lock()
        self._questions: queue.Queue[tuple[str, queue.Queue[bool | Failure]]] = queue.Queue()
        self._is_asking, self._is_left = False, False
        self._written: list[Row] = []

    def interrupt(self) -> None:
        """Begin no other board, and finish what is at work; a second time, leave that too. For a signal's handler."""
        if self.is_stopping or self._is_asking:
            raise KeyboardInterrupt
        self.is_stopping = True

    def run(self, show: Callable[[], None] = lambda: None) -> None:
        """Work until each line is over, or `interrupt`.

        Parameters
        ----------
        show: called again and again, to draw the lines anew.

        Raises
        ------
        Failure: the report cannot be written.
        """
        self._write()
        try:
            while self._goes_on():
                if not self.is_stopping:
                    self._give_work()
                self._write()
                show()
                self._answer_one()
        except KeyboardInterrupt:
            self._leave()
            self._write()
            self._wait_for_boards()
        self._write()
        show()

    def _goes_on(self) -> bool:
        is_busy = any(not seat.is_over for seat in self.seats.values())
        return is_busy or not (self.is_stopping or all(line.is_over for line in self.lines))

    def _give_work(self) -> None:
        there = {_known_by(port): port for port in self._ports()}
        # Who was unplugged is somebody else when it comes back; who restarts is away for a moment only.
        self.seats = {key: seat for key, seat in self.seats.items() if key in there or not seat.is_over}
        for key, port in there.items():
            if key not in self.seats and any(not line.is_over for line in self.lines):
                seat = self.seats[key] = Seat(port, is_left=lambda: self._is_left, ask=self._put)
                threading.Thread(target=self._work, args=(seat,), name=port.path, daemon=True).start()

    def _work(self, seat: Seat) -> None:
        try:
            with opened(seat.port.path, seat) as board:
                seat.board = board
                found = self._line_of(board, seat)
                if found is None:
                    return
                line, another = found
                wanted = Wanted(line.at, line.kiosk or None, self._network, self._labels, self._screen, another)
                made = complete(board, wanted, self._collector, seat, PATIENCE)
            self._finish(seat, State.READY if made.result.passed else State.NOT_READY, _to_mend(made))
        except Failure as problem:
            self._finish(seat, State.STOPPED, str(problem))
        except Exception as fault:
            self.faults.append(fault)
            self._finish(seat, State.STOPPED, f"This should not happen ({type(fault).__name__}). Tell us of it.")
        finally:
            seat.is_over = True

    def _finish(self, seat: Seat, state: State, said: str) -> None:
        if self._is_left:
            return
        if seat.line is None:
            seat.said = said
            return
        line = seat.line
        line.seconds, line.began = line.took, None
        line.done_at = datetime.now().astimezone().isoformat(timespec="seconds")
        line.state, line.said, line.port = state, said, ""

    def _line_of(self, board: Board, seat: Seat) -> tuple[Line, bool] | None:
        """The line that a board belongs to: its own, where it was begun; else the first that waits. And whether it
        takes that over from another one, with which its kiosk was never accepted."""
        about = board.described
        name, known = about.firmware(), is_already(board, self._collector)
        stands: dict[str, Any] = self._collector.kiosk(known) if known else {"state": "", "touchpoint_id": None}
        if stands["state"] == "retired":
            seat.said = f"was {known}, which is retired. Make it blank: smilepost provision factory-reset --discard"
            return None
        with self._choosing:
            ready = [line for line in self.lines if line.state is State.READY]
            if known and any(line.kiosk == known for line in ready):
                seat.said = f"is {known}, which is ready: unplug it"
                return None
            line = self._best(about.serial, known, stands["touchpoint_id"])
            if line is None:
                seat.said = f"is {known}, which is not in this list: unplug it" if known else "is one too many"
                return None
            is_begun = line.chip not in {"", about.serial}
            line.state, line.said, line.port, line.began = State.AT_WORK, "", seat.port.path, time.monotonic()
            line.board, line.chip, line.by = name, about.serial, self._by
            seat.line = line
        return line, is_begun and not self._is_accepted(line.kiosk)

    def _is_accepted(self, kiosk: str) -> bool:
        try:
            return bool(kiosk and self._collector.kiosk(kiosk)["accepted"])
        except NotDone as problem:
            if problem.status != 404:
                raise
            return False  # the registry has none of this id yet

    def _best(self, chip: str, known: str | None, stands: int | None) -> Line | None:
        free = [line for line in self.lines if line.state not in {State.READY, State.AT_WORK}]
        waiting = [line for line in free if line.state is State.WAITS]
        if known:
            # Who it is already counts; then where it stands, for somebody may have lost the report.
            candidates = [line for line in free if line.kiosk == known]
            candidates += [line for line in waiting if not line.kiosk and line.at.id == stands]
        else:
            candidates = [line for line in free if chip and line.chip == chip]
            candidates += sorted(waiting, key=lambda line: bool(line.chip))
        return next(iter(candidates), None)

    def _put(self, question: str) -> bool:
        """Have a question asked, from the thread of a board."""
        answer: queue.Queue[bool | Failure] = queue.Queue()
        self._questions.put((question, answer))
        said = answer.get()
        if isinstance(said, Failure):
            raise said
        return said

    def _answer_one(self) -> None:
        try:
            question, answer = self._questions.get(timeout=_LOOK)
        except queue.Empty:
            return
        self._is_asking = True
        try:
            answer.put(self._asked(question))
        except Failure as problem:
            answer.put(problem)
        finally:
            self._is_asking = False

    def _asked(self, question: str) -> bool:
        try:
            return self._ask(question)
        except KeyboardInterrupt:
            if self.is_stopping:
                raise
            self.is_stopping = True
            return self._ask(question)

    def _leave(self) -> None:
        self._is_left = True
        for line in self.lines:
            if line.state is State.AT_WORK:
                line.seconds, line.began, line.port = line.took, None, ""
                line.state, line.said = State.STOPPED, "left in the middle: the same command completes it"

    def _wait_for_boards(self) -> None:
        """A kiosk that stays at a prompt records nothing: what is on the boards is started before the program ends."""
        deadline = time.monotonic() + _LET_GO
        while any(seat.holds for seat in self.seats.values()) and time.monotonic() < deadline:
            time.sleep(_LOOK)

    def _write(self) -> None:
        now = [line.reported for line in self.lines]
        if now != self._written:
            write_report(self._report, self.lines)
            self._written = now


def _known_by(port: Port) -> str:
    return port.serial if port.vid in _OWN_USB and port.serial else port.path


def _to_mend(made: Made) -> str:
    return " ".join(f"{step['name']}: {step['said']}" for step in made.result.steps if not step["passed"])
