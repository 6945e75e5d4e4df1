"""`make pictures`: a board becomes a kiosk in a terminal, recorded: as asciicast, to be played, and its end as SVG.

Everything is real but the board's case: the command, the collector, and the firmware in MicroPython's VM behind a
serial port. A simulated technician types and presses what the terminal asks for.
"""

import contextlib
import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from collector.settings import Settings
from simulators.serial_board import SerialBoard
from tests.conftest import port_settings
from tests.installation import Installation

FOLDER = Path(__file__).parent
CAST, PICTURE = FOLDER / "recordings" / "provision-kiosk.cast", FOLDER / "pictures" / "provision-kiosk.svg"
COLUMNS, LINES = 100, 34
#: As it would be on a laptop, but without the port's long name.
COMMAND = (
    *("smilepost", "provision", "kiosk", "--store", "Riverside", "--touchpoint", "Exit"),
    *("--port", "ttyACM0", "--label", "label.pdf"),
)
TITLE = "smilepost provision kiosk: a bare board becomes a kiosk"
#: Seconds between two letters that a person types, and until somebody answers or presses.
_LETTER, _THOUGHT = 0.04, 0.7
#: Paper and ink; black, red, green, yellow … as on paper.
_INK = [(28, 27, 26), (185, 28, 28), (15, 118, 110), (146, 98, 8), (11, 92, 173), (126, 34, 106), (14, 116, 144)]
_THEME = TerminalTheme((250, 248, 245), _INK[0], [*_INK, (95, 91, 87)])
_SVG = """\
<svg class="{unique_id}" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
  <style>
    .{unique_id}-matrix {{
      font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
      font-size: {char_height}px; line-height: {line_height}px;
    }}
    .{unique_id}-title {{ font-size: 16px; font-family: system-ui, sans-serif; }}
    {styles}
  </style>
  <defs>
    <clipPath id="{unique_id}-clip-terminal">
      <rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
    </clipPath>
    {lines}
  </defs>
  {chrome}
  <g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
    {backgrounds}
    <g class="{unique_id}-matrix">
    {matrix}
    </g>
  </g>
</svg>
"""


@dataclass
class Recording:
    """What came on a terminal: (seconds, text), and what the program ended with."""

    events: list[tuple[float, str]]
    code: int

    @property
    def cast(self) -> str:
        """As asciicast, version 2."""
        header = {"version": 2, "width": COLUMNS, "height": LINES, "title": TITLE, "env": {"TERM": "xterm-256color"}}
        lines = [header, *([round(at, 2), "o", text] for at, text in self.events)]
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)

    @property
    def screen(self) -> list[str]:
        """The lines that stand there at the end, with their colours."""
        return screen("".join(text for _, text in self.events))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ports = port_settings()
        settings = Settings.load(environ={}, data=Path(folder, "data"), **ports)
        settings = replace(settings, url="https://feedback.example.com")
        with Installation(settings.data, settings) as installation:
            made = record(installation, Path(folder))
    CAST.write_text(made.cast)
    PICTURE.write_text(drawn(made.screen))


def record(installation: Installation, folder: Path) -> Recording:
    """Run the command with a blank board at a port, and somebody who does what it asks."""
    here = folder / "here"
    here.mkdir()
    with SerialBoard(folder / "board", "bench") as board:
        (here / "ttyACM0").symlink_to(board.port)
        recorder = _Recorder()
        recorder.type(f"$ {' '.join(COMMAND)}\r\n")
        code = recorder.run(installation, board, here)
        return Recording(recorder.events, code)


class _Recorder:
    def __init__(self) -> None:
        self.events: list[tuple[float, str]] = []
        self._began = time.monotonic()
        self._typed = 0.0

    def type(self, text: str) -> None:
        """What somebody types, letter by letter; no time passes for it here."""
        for letter in text:
            self._typed += _LETTER
            self.events.append((self._typed, letter))

    def run(self, installation: Installation, board: SerialBoard, here: Path) -> int:
        asked: set[str] = set()
        said, questions = "", 0
        with _terminal() as (own, its):
            process = subprocess.Popen(
                [sys.executable, "-m", "collector", *COMMAND[1:]],
                cwd=here,
                env={**installation.environment(), "TERM": "xterm-256color", "PYTHONPATH": str(FOLDER.parent)},
                stdin=its,
                stdout=its,
                stderr=its,
            )
            os.close(its)
            while text := _read(own):
                said += text
                self.events.append((self._typed + time.monotonic() - self._began, text))
                for button in re.findall(r"Press button (\d)", said):
                    if button not in asked:
                        asked.add(button)
                        threading.Timer(_THOUGHT, board.press, (int(button),)).start()
                if said.count("[Y/n] ") > questions:
                    questions += 1
                    threading.Timer(_THOUGHT, os.write, (own, b"y\n")).start()
            return process.wait(30)


@contextlib.contextmanager
def _terminal() -> Iterator[tuple[int, int]]:
    own, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    try:
        yield own, its
    finally:
        os.close(own)


def _read(terminal: int) -> str:
    try:
        return os.read(terminal, 65536).decode()
    except OSError:  # its program has ended
        return ""


def screen(text: str) -> list[str]:
    """The lines of a terminal after this text; of what a terminal understands, as much as the program uses."""
    lines: list[list[tuple[str, str]]] = [[]]
    row = column = 0
    style = ""
    for found in re.finditer(r"\x1b\[([0-9;?]*)([A-Za-z])|(.)", text, re.DOTALL):
        numbers, command, letter = found.groups()
        match command, letter:
            case "m", None:
                style = "" if numbers in {"", "0"} else style + found[0]
            case "A", None:
                row = max(row - int(numbers or 1), 0)
            case "K", None:
                lines[row] = [] if numbers == "2" else lines[row][:column]
            case (("h" | "l"), None):
                pass  # the cursor is hidden, and seen again
            case None, "\r":
                column = 0
            case None, "\n":
                row, column = row + 1, 0
                lines += [[]] if row == len(lines) else []
            case None, str(letter):
                if column == COLUMNS:
                    row, column = row + 1, 0
                    lines += [[]] if row == len(lines) else []
                line = lines[row]
                line += [(" ", "")] * (column - len(line))
                line[column : column + 1] = [(letter, style)]
                column += 1
            case other:
                raise AssertionError(f"the terminal was told {other!r}, which nobody draws here")
    while lines and not lines[-1]:
        lines.pop()
    return ["".join(f"{style}{letter}\x1b[0m" if style else letter for letter, style in line) for line in lines]


def drawn(lines: list[str]) -> str:
    """Lines of a terminal as a picture: light, with the reader's own fonts."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, highlight=False)
    for line in lines:
        console.print(Text.from_ansi(line), soft_wrap=True)
    svg = console.export_svg(title="", theme=_THEME, code_format=_SVG, unique_id="provision")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


if __name__ == "__main__":
    main()
