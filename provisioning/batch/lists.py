"""The list of the kiosks that are wanted, and the report beside it, both CSV; the report is replaced whole."""

import contextlib
import csv
import io
import itertools
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from collector.failure import Failure
from collector.topics import KIOSK_ID
from provisioning.collector import Collector, Touchpoint, touchpoint_in

#: Columns of a list; of a report, those that follow.
ASKED, FOUND = ("store", "touchpoint", "kiosk"), ("board", "chip", "state", "said", "seconds", "at", "by")
EXAMPLE = "store,touchpoint,kiosk\nRiverside,Exit,\nRiverside,Checkout,riverside-checkout-2\n"
#: Mistakes of a list that are told at once.
_TOLD = 8

#: How a value begins that a spreadsheet would compute, or one that was marked as text (below) when it was no value yet.
_FORMULA = r"'*[=+\-@]"

Row: TypeAlias = dict[str, str]


class State(StrEnum):
    WAITS = "waits"
    AT_WORK = "at work"
    READY = "ready"
    #: The acceptance test found something.
    NOT_READY = "not ready"
    #: It could not be completed.
    STOPPED = "stopped"


@dataclass
class Line:
    """One kiosk of the list.

    Parameters
    ----------
    at: where it is to stand.
    kiosk: its id; "" until it has one.
    board: what it is made of, as `provisioning.bundle.boards` calls it; and the number of its chip.
    said: what goes on, what is to be done now, or what came of it.
    done_at, by: when it was last worked on, ISO 8601, and by whom.
    port, began: where its board is, and since when it is at work (monotonic); while it is.
    """

    at: Touchpoint
    kiosk: str = ""
    board: str = ""
    chip: str = ""
    state: State = State.WAITS
    said: str = ""
    seconds: float = 0.0
    done_at: str = ""
    by: str = ""
    port: str = ""
    began: float | None = None

    @property
    def is_over(self) -> bool:
        return self.state in {State.READY, State.NOT_READY, State.STOPPED}

    @property
    def took(self) -> float:
        """Seconds of work on it so far."""
        return self.seconds if self.began is None else time.monotonic() - self.began

    @property
    def reported(self) -> Row:
        """As the report has it; what goes on at the moment is not in it."""
        said = self.said if self.is_over else ""
        values = (self.at.store, self.at.name, self.kiosk, self.board, self.chip, self.state, said)
        seconds = f"{self.seconds:.1f}" if self.seconds else ""
        return dict(zip((*ASKED, *FOUND), (*values, seconds, self.done_at, self.by), strict=True))


def report_of(path: Path) -> Path:
    """The report that belongs to a list."""
    return path.with_name(f"{path.stem}.report.csv")


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Work on a list as the only one who does.

    Raises
    ------
    Failure: somebody does already.
    """
    lock = path.with_name(f".{path.stem}.lock")
    with contextlib.ExitStack() as held:
        try:
            file = held.enter_context(lock.open("w"))
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure(
                f"Somebody works on {path} already, perhaps in another window. Their report would be overwritten: wait "
                "until they are done, or make a list of your own."
            ) from None
        except OSError as problem:
            raise Failure(
                f"Nothing can be written beside {path}: {problem.strerror}. The report goes there."
            ) from problem
        yield


def read_list(path: Path, collector: Collector) -> list[Line]:
    """The kiosks of a list; those that a report beside it calls ready are ready.

    Raises
    ------
    Failure: it cannot be read, or lines of it are not right; each of them is named, and nothing has been done.
    """
    stores, lines, mistakes = collector.stores(), [], []
    for number, row in rows(path, ASKED[:2]):
        try:
            lines.append(_line(row, stores))
        except Failure as problem:
            mistakes.append(f"{path}, line {number}: {problem}")
    names = [line.kiosk for line in lines if line.kiosk]
    for name in sorted({name for name in names if names.count(name) > 1}):
        mistakes.append(f"{path}: {name} stands in it twice. Each kiosk has an id of its own.")
    if mistakes:
        more = [f"… and {len(mistakes) - _TOLD} more."] if len(mistakes) > _TOLD else []
        raise Failure("\n".join(["the list is not right yet, so nothing was done.", *mistakes[:_TOLD], *more]))
    if not lines:
        raise Failure(f"{path} names no kiosk. Its lines are like these:\n\n{EXAMPLE}")
    report = report_of(path)
    return resumed(lines, _reported(report) if report.exists() else [])


def resumed(lines: Sequence[Line], known: Sequence[Mapping[str, str]]) -> list[Line]:
    """The lines as a report left them; it may have been made of an older state of the list."""
    left = list(known)
    found = list(lines)
    # Those with an id first: another line at the same touchpoint must not take theirs.
    for place in sorted(range(len(found)), key=lambda place: not found[place].kiosk):
        row = next((row for row in left if _is_of(row, found[place])), None)
        if row is not None:
            left.remove(row)
            found[place] = _as_left(found[place], row)
    return found


def write_report(path: Path, lines: Sequence[Line]) -> None:
    """Replace the report.

    Raises
    ------
    Failure: it cannot be written.
    """
    draft = path.with_suffix(".tmp")
    try:
        with draft.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, (*ASKED, *FOUND))
            writer.writeheader()
            writer.writerows({name: _as_text(value) for name, value in line.reported.items()} for line in lines)
        os.replace(draft, path)  # noqa: PTH105 - whole or not at all
    except OSError as problem:
        raise Failure(
            f"The report {path} cannot be written: {problem.strerror}. Without it nobody knows afterwards which kiosk "
            "is ready. Mend that, and run the same command again."
        ) from problem


def rows(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """The rows of a CSV, however a spreadsheet wrote it, each with its line; those that are empty are left out.

    Raises
    ------
    Failure: it cannot be read, or has not all of the columns `needed`.
    """
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Failure(f"{path} is not in UTF-8. Save it once more as “CSV UTF-8”.") from problem
    except OSError as problem:
        raise Failure(f"{path} cannot be read: {problem.strerror}. `--example` shows what a list is like.") from problem
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        numbered = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as problem:
        raise Failure(f"{path}, line {reader.line_num} cannot be read: {problem}.") from problem
    if not numbered:
        raise Failure(f"{path} is empty. `--example` shows what a list is like.")
    (_, names), *content = numbered
    names = [name.strip().casefold() for name in names]
    if missing := [name for name in needed if name not in names]:
        raise Failure(f"{path} has no column {missing[0]!r}. Its first line names the columns, as here:\n\n{EXAMPLE}")
    for number, cells in content:
        if any(cell.strip() for cell in cells[len(names) :]):
            raise Failure(f"{path}, line {number} has more cells than columns. A name with a comma goes into quotes.")
        yield (
            number,
            {name: cell.strip() for name, cell in itertools.zip_longest(names, cells[: len(names)], fillvalue="")},
        )


def _reported(report: Path) -> list[Row]:
    found = rows(report, (*ASKED, *FOUND))
    return [{name: re.sub(rf"^'(?={_FORMULA})", "", value) for name, value in row.items()} for _, row in found]


def _as_text(value: str) -> str:
    """As a spreadsheet takes it for text, and not for a formula that it computes."""
    return f"'{value}" if re.match(_FORMULA, value) else value


def _line(row: Row, stores: Sequence[Mapping[str, object]]) -> Line:
    for column in ASKED[:2]:
        if not row.get(column):
            raise Failure(f"It names no {column}.")
    kiosk = row.get("kiosk", "")
    if kiosk and not re.fullmatch(KIOSK_ID, kiosk):
        raise Failure(f"A kiosk's id has small letters, digits and hyphens, 32 at most; {kiosk!r} has not.")
    return Line(touchpoint_in(stores, row["store"], row["touchpoint"]), kiosk)


def _is_of(row: Mapping[str, str], line: Line) -> bool:
    is_there = (row["store"], row["touchpoint"]) == (line.at.store, line.at.name)
    return is_there and line.kiosk in {"", row["kiosk"]}


def _as_left(line: Line, row: Mapping[str, str]) -> Line:
    """What was not completed waits again, and keeps its id and its board."""
    state = State.READY if row["state"] == State.READY else State.WAITS
    left = replace(line, kiosk=row["kiosk"], board=row["board"], chip=row["chip"], said=row["said"], by=row["by"])
    return replace(left, state=state, seconds=_number(row["seconds"]), done_at=row["at"])


def _number(text: str) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0
