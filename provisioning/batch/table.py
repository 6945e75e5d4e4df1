"""What a technician sees of many boards: a table that lives, or a line for each change where this is no terminal."""

import contextlib
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from provisioning.batch.lists import Line, State
from provisioning.batch.work import Batch

_MARKS = {
    State.WAITS: ("·", "dim"),
    State.AT_WORK: ("▸", ""),
    State.READY: ("✓", "green"),
    State.NOT_READY: ("!", "yellow"),
    State.STOPPED: ("✗", "red"),
}
#: Lines of a terminal that are not the table's.
_AROUND = 8
#: What is left out first where there is no room.
_FIRST_OUT = (State.READY, State.WAITS, State.STOPPED, State.NOT_READY, State.AT_WORK)


class Shown:
    """A batch on the technician's terminal.

    Parameters
    ----------
    ask: puts a question, and returns the answer.
    """

    def __init__(self, console: Console, ask: Callable[[str], bool]) -> None:
        self._console, self._ask = console, ask
        self._live: Live | None = None
        self._told: dict[str, str] = {}

    @contextlib.contextmanager
    def of(self, batch: Batch) -> Iterator[Callable[[], None]]:
        """What is called to show it anew; at the end all lines stay on the terminal."""
        if not self._console.is_terminal:
            yield lambda: self._tell(batch)
            return
        with Live(console=self._console, auto_refresh=False, transient=True) as live:
            self._live = live
            try:
                yield lambda: live.update(self._drawn(batch), refresh=True)
            finally:
                self._live = None
        self._console.print(_table(batch.lines))

    def ask(self, question: str) -> bool:
        """Put a question; the table waits meanwhile."""
        if self._live is None:
            return self._ask(question)
        self._live.stop()
        try:
            return self._ask(question)
        finally:
            self._live.start()

    def _drawn(self, batch: Batch) -> Group:
        seats = [seat for seat in batch.seats.values() if seat.line is None]
        room = max(self._console.height - _AROUND - len(seats), 3)
        lines = _fitting(batch.lines, room)
        left_out = len(batch.lines) - len(lines)
        more = [Text(f"  … and {left_out} more", style="dim")] if left_out else []
        others = [Text(f"  {seat.port.path}: {seat.said}") for seat in seats]
        return Group(_table(lines), *more, *others, Text(f"\n{_footer(batch)}"))

    def _tell(self, batch: Batch) -> None:
        for line in batch.lines:
            if line.state is State.AT_WORK or line.is_over:
                name = line.kiosk or str(line.at)
                self._changed(name, f"{name}: {line.state}{_after(line)}")
        for seat in batch.seats.values():
            if seat.line is None:
                self._changed(seat.port.path, f"{seat.port.path}: {seat.said}")

    def _changed(self, of: str, text: str) -> None:
        # Numbers that only go up are no news.
        text = text if not text.endswith("%") else text.rpartition(" ")[0].rpartition(" ")[0]
        if self._told.get(of) != text:
            self._told[of] = text
            self._console.print(Text(text), soft_wrap=True)


def summary(lines: Sequence[Line]) -> str:
    """How many are ready, and how many are not."""
    counts = {state: sum(line.state is state for line in lines) for state in State}
    parts = [f"{counts[State.READY]} of {len(lines)} ready"]
    parts += [f"{counts[state]} {text}" for state, text in _COUNTED.items() if counts[state]]
    return ", ".join(parts)


_COUNTED = {
    State.AT_WORK: "at work",
    State.NOT_READY: "to mend",
    State.STOPPED: "stopped",
    State.WAITS: "to do",
}


def _footer(batch: Batch) -> str:
    if batch.is_stopping:
        return f"{summary(batch.lines)}. Finishes what is at work; Ctrl-C again leaves it as it is."
    if any(line.state is State.WAITS for line in batch.lines):
        return f"{summary(batch.lines)}. Plug boards in, in any order; Ctrl-C ends."
    return f"{summary(batch.lines)}."


def _table(lines: Sequence[Line]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("")
    table.add_column("kiosk", no_wrap=True)
    table.add_column("place", no_wrap=True, max_width=28)
    table.add_column("board", no_wrap=True)
    table.add_column("now", ratio=1)
    table.add_column("time", justify="right", no_wrap=True)
    for line in lines:
        mark, style = _MARKS[line.state]
        took = f"{line.took:.0f} s" if line.took else ""
        cells = line.kiosk or "–", str(line.at), line.port or line.board, _now(line), took
        table.add_row(Text(mark, style=style), *map(Text, cells))
    return table


def _now(line: Line) -> str:
    if line.state is State.WAITS:
        return "waits for a board" if not line.said else f"waits; the last time: {line.said}"
    return line.said or str(line.state)


def _after(line: Line) -> str:
    return f", {line.said}" if line.said else ""


def _fitting(lines: Sequence[Line], room: int) -> list[Line]:
    """So many of them as there is room for, in their order; those that somebody waits for go last."""
    numbered = sorted(enumerate(lines), key=lambda each: (_FIRST_OUT[::-1].index(each[1].state), each[0]))
    return [line for _, line in sorted(numbered[:room], key=lambda each: each[0])]
