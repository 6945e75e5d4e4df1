"""What `smilepost provision batch` does with what it was told."""

import argparse
import signal
import sys
import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console
from serial.tools import list_ports

from collector.failure import Failure
from collector.settings import Settings
from provisioning.batch.lists import ASKED, EXAMPLE, State, alone, read_list, report_of, rows
from provisioning.batch.printed import printed
from provisioning.batch.table import Shown, summary
from provisioning.batch.work import Batch
from provisioning.board import Port, find_boards
from provisioning.collector import reached
from provisioning.network import network
from provisioning.terminal import Terminal


def run(settings: Settings, parsed: argparse.Namespace) -> int:
    """Work until each kiosk of the list is over, or Ctrl-C; 1 where one is not ready."""
    if parsed.example:
        print(EXAMPLE, end="")
        return 0
    if parsed.list is None:
        raise Failure("Which list? Name its file; `smilepost provision batch --example > kiosks.csv` makes one.")
    terminal = Terminal()
    _check(parsed)
    with alone(parsed.list), reached(settings, parsed.collector, parsed.token_file) as collector:
        with terminal.step("Collector") as step:
            lines, report = read_list(parsed.list, collector), report_of(parsed.list)
            step.said = f"{collector.url}, {summary(lines)}"
        shown = Shown(Console(highlight=False), terminal.confirm)
        wifi = network(parsed, terminal)
        fitted = wifi, parsed.labels, parsed.screen
        batch = Batch(lines, report, collector, lambda: boards_at(parsed.ports), shown.ask, *fitted)
        before = signal.signal(signal.SIGINT, lambda *_: batch.interrupt())
        try:
            with shown.of(batch) as show:
                batch.run(show)
        finally:
            signal.signal(signal.SIGINT, before)
    for fault in batch.faults:
        traceback.print_exception(fault, file=sys.stderr)
    paper = parsed.report or report.with_suffix(".pdf")
    _write_paper(paper, printed(lines, parsed.list.name, datetime.now().astimezone()))
    is_done = all(line.state is State.READY for line in lines)
    then = "Hang them up." if is_done else "The same command goes on with the rest, once boards are mended or there."
    terminal.last(f"{summary(lines)}. {then} The report: {report}, and to print: {paper}")
    return 0 if is_done else 1


def boards_at(named: Sequence[str] | None) -> list[Port]:
    """The boards that are there now; of those at ports that were named, or of all on USB."""
    if not named:
        return find_boards()
    known = {port.path: port for port in find_boards()}
    there = {port.device for port in list_ports.comports()}
    return [known.get(path) or Port(path, path) for path in named if path in there or Path(path).exists()]


def _check(parsed: argparse.Namespace) -> None:
    """What can be wrong with files, before an hour's work and not after it."""
    list(rows(parsed.list, ASKED[:2]))
    if parsed.labels is not None:
        try:
            parsed.labels.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise Failure(f"--labels: {parsed.labels} cannot be made: {problem.strerror}.") from problem
    if parsed.report is not None and not parsed.report.parent.is_dir():
        raise Failure(f"--report: there is no folder {parsed.report.parent}.")


def _write_paper(file: Path, data: bytes) -> None:
    try:
        file.write_bytes(data)
    except OSError as problem:
        raise Failure(
            f"The report cannot be written into {file}: {problem.strerror}. Name another: --report"
        ) from problem
