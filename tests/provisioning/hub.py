"""Boards on a hub, and a technician who makes the kiosks of a list of them."""

import csv
import re
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from secrets import token_hex
from typing import Self

from provisioning.batch.lists import Line, State, read_list, report_of
from provisioning.batch.work import Batch
from provisioning.board import Port
from provisioning.collector import Collector
from simulators.serial_board import SerialBoard

#: Seconds for a list.
_PATIENCE = 120.0


class Hub:
    """Boards at a computer, and the list that lies beside it.

    Parameters
    ----------
    folder: for the list, its report, the labels, and the boards' flash.
    """

    def __init__(self, folder: Path, collector: Collector, listed: str) -> None:
        self.folder, self.collector = folder, collector
        self.list = folder / "kiosks.csv"
        self.list.write_text(listed)
        self.boards: dict[str, SerialBoard] = {}
        #: The board of each kiosk, as the work on it began.
        self.board_of: dict[str, SerialBoard] = {}
        self.asked: list[str] = []
        #: What is said to questions in which a word occurs; to all others, yes.
        self.answers: dict[str, bool] = {}
        self.begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for board in self.boards.values():
            board.close()

    def begin(self) -> None:
        """Read the list, as the command does when it starts."""
        lines = read_list(self.list, self.collector)
        report = report_of(self.list)
        self.batch = Batch(lines, report, self.collector, self._ports, self._answer, labels=self.folder)
        self._pressed: set[tuple[str, str]] = set()

    def plug_in(self, name: str) -> SerialBoard:
        """Plug in a board that is blank, or one that was here before."""
        if name not in self.boards:
            board = SerialBoard(self.folder / name, f"{name}-{token_hex(4)}")
            self.boards[name] = board
        self.boards[name].plug_in()
        return self.boards[name]

    def run(self, meanwhile: Callable[[], None] = lambda: None) -> list[str]:
        """Work until all is over; returns the state of each line."""

        deadline = time.monotonic() + _PATIENCE

        def show() -> None:
            self._press()
            meanwhile()
            assert time.monotonic() < deadline, (self.lines, self.batch.seats)

        self.batch.run(show)
        return [line.state for line in self.lines]

    def stop(self) -> None:
        """Ctrl-C, once."""
        if not self.batch.is_stopping:
            self.batch.interrupt()

    @property
    def lines(self) -> Sequence[Line]:
        return self.batch.lines

    @property
    def report(self) -> list[dict[str, str]]:
        with report_of(self.list).open(newline="") as file:
            return list(csv.DictReader(file))

    def _ports(self) -> list[Port]:
        return [Port(board.port, "a board") for board in self.boards.values() if Path(board.port).exists()]

    def _answer(self, question: str) -> bool:
        self.asked.append(question)
        return all(said for word, said in self.answers.items() if word in question)

    def _press(self) -> None:
        for line in self.lines:
            if line.state is not State.AT_WORK:
                self._pressed = {each for each in self._pressed if each[0] != line.kiosk}
                continue
            self.board_of[line.kiosk] = next(board for board in self.boards.values() if board.port == line.port)
            found = re.match(r"Press button (\d)", line.said)
            if found and (line.kiosk, found[1]) not in self._pressed:
                self._pressed.add((line.kiosk, found[1]))
                threading.Thread(target=self.board_of[line.kiosk].press, args=(int(found[1]),)).start()
