"""What the technician sees: one line a step with a tick and the time it took, a bar for what takes longer, questions.

with terminal.step("Firmware") as step:
    step.progress(sent, of)
    step.said = "50 files, 91 kB sent"
"""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from getpass import getpass
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, Task, TaskID, TextColumn
from rich.progress_bar import ProgressBar
from rich.text import Text

from collector.failure import Failure

#: Columns of a step's name, and of what is said of it.
_NAME, _SAID = 16, 58
_YES, _NO = {"y", "yes"}, {"n", "no"}


class Step:
    """Something that is being done.

    said: what came of it, in a few words; shown when it is over.
    """

    def __init__(self, show: Callable[[str, int, int], None] = lambda *_: None) -> None:
        self.said = ""
        self._show = show

    def doing(self, text: str) -> None:
        """What goes on at the moment, or what the technician is to do."""
        self._show(text, 0, 0)

    def progress(self, done: int, of: int) -> None:
        """So much of it is done."""
        self._show("", done, of)


class _Bar(BarColumn):
    """A bar where it is known how much there is to do."""

    def render(self, task: Task) -> ProgressBar | Text:  # type: ignore[override]
        return Text() if task.total is None else super().render(task)


class Reporter(Protocol):
    """Whom the work tells how far it is: a terminal of its own, or one row of a table."""

    def step(self, name: str) -> contextlib.AbstractContextManager[Step]:
        """A step that is over when its block is left; one that fails says so and raises on."""

    def heading(self, text: str) -> None:
        """What begins now."""

    def confirm(self, question: str) -> bool:
        """Ask the technician."""


class Terminal:
    """A technician's terminal; without colours and bars where it is none.

    Parameters
    ----------
    ask: puts a question and returns the answer, as `input` does.
    """

    def __init__(self, console: Console | None = None, ask: Callable[[str], str] = input) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self._ask = ask
        self._bar: Progress | None = None

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[Step]:
        began = time.monotonic()
        with self._moving(name) as step:
            try:
                yield step
            except BaseException:
                self._line("✗", "red", name, step.said, None)
                raise
        self._line("✓", "green", name, step.said, time.monotonic() - began)

    def heading(self, text: str) -> None:
        self.console.print(Text(f"\n{text}", style="bold"))

    def fact(self, name: str, said: str) -> None:
        """Something that is so, beside its name."""
        self.console.print(Text.assemble((f"{name:<{_NAME}} ", "dim"), said))

    def note(self, text: str) -> None:
        self.console.print(Text(f"  {text}"))

    def last(self, text: str) -> None:
        """The last words: what to do next."""
        # (A terminal would break it within words.)
        self.console.print(Text(f"\n{text}"), soft_wrap=not self.console.is_terminal)

    def confirm(self, question: str) -> bool:
        return self._decided(question, "Y/n", default=True)

    def sure(self, question: str) -> bool:
        """Ask before something that cannot be taken back: whoever only presses Enter has not agreed."""
        return self._decided(question, "y/N", default=False)

    def _decided(self, question: str, choice: str, *, default: bool) -> bool:
        while True:
            said = self._answer(f"? {question} [{choice}] ").strip().casefold()
            if not said:
                return default
            if said in _YES | _NO:
                return said in _YES

    def secret(self, question: str) -> str:
        """Ask for what is not to be seen.

        Raises
        ------
        Failure: nobody sits at this terminal.
        """
        if not sys.stdin.isatty():
            raise Failure(f"{question}: nobody can be asked here. Name a file that holds it (--help says how).")
        return getpass(f"? {question}: ")

    def _answer(self, question: str) -> str:
        if self._bar:
            self._bar.stop()
        try:
            return self._ask(question)
        except EOFError:
            raise Failure("Nobody answers at this terminal. Run it where somebody can type.") from None
        finally:
            if self._bar:
                self._bar.start()

    @contextlib.contextmanager
    def _moving(self, name: str) -> Iterator[Step]:
        """What moves while a step takes its time; nothing where this is no terminal."""
        if not self.console.is_terminal:
            yield Step()
            return
        columns = SpinnerColumn("line", style=""), TextColumn("{task.description}"), _Bar(24, complete_style="")
        with Progress(*columns, console=self.console, transient=True) as bar:
            task: TaskID = bar.add_task(name, total=None)

            def show(doing: str, done: int, of: int) -> None:
                described = f"{name:<{_NAME}} {doing}".rstrip()
                bar.update(task, description=described, completed=done, total=of or None)

            self._bar = bar
            try:
                yield Step(show)
            finally:
                self._bar = None

    def _line(self, mark: str, colour: str, name: str, said: str, seconds: float | None) -> None:
        took = "" if seconds is None else f"{seconds:6.1f} s"
        line = Text.assemble((mark, colour), f" {name:<{_NAME}} {said:<{_SAID}} ", (took, "dim"))
        line.rstrip()
        self.console.print(line)
