"""A technician at a simulated board: presses what is asked for, says what is seen, and can be told to be clumsy."""

import contextlib
import re
import threading
from collections.abc import Callable, Iterator

from provisioning.terminal import Step
from simulators.serial_board import SerialBoard


class Technician:
    """Takes what the work tells, and does what a person would.

    Parameters
    ----------
    when: by the name of a step, what happens as it begins.
    presses: by the button that is asked for, the one that is pressed; 0: none.
    answers: what is said to questions in which a word occurs; to all others, yes.
    """

    def __init__(
        self,
        board: SerialBoard,
        when: dict[str, Callable[[], None]] | None = None,
        presses: dict[int, int] | None = None,
        answers: dict[str, bool] | None = None,
    ) -> None:
        self.board, self.when = board, when or {}
        self.presses, self.answers = presses or {}, answers or {}
        #: (name, what was said) of each step that went well, and of each that did not.
        self.done: list[tuple[str, str]] = []
        self.failed: list[tuple[str, str]] = []

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[Step]:
        self.when.get(name, lambda: None)()
        step = Step(self._show)
        try:
            yield step
        except BaseException:
            self.failed.append((name, step.said))
            raise
        self.done.append((name, step.said))

    def heading(self, text: str) -> None:
        pass

    def confirm(self, question: str) -> bool:
        return all(said for word, said in self.answers.items() if word in question)

    def _show(self, doing: str, _done: int, _of: int) -> None:
        if found := re.match(r"Press button (\d+)", doing):
            wanted = int(found[1])
            if button := self.presses.get(wanted, wanted):
                threading.Thread(target=self.board.press, args=(button,)).start()
