"""A document to a printer over TCP (port 9100), and what the printer says of itself and of the paper.

1. Connect, and ask how the printer is. Until here nothing has left that it could print.
2. `begin`, then send the document and the question at its end.
3. Its answer proves that the paper is printed.
4. Close gently: a socket closed with unread answers in it takes back what it has just sent.
"""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from escpos import constants

from printer.escpos import Document

#: How long to wait, s: for a connection, for the answer to a question about its state, for the paper.
CONNECT_WITHIN, STATE_WITHIN, PRINTED_WITHIN = 3.0, 2.0, 20.0
#: How long to wait at the end for the printer to hang up, s.
HANG_UP_WITHIN = 1.0
#: TCP port of printers.
PORT = 9100


@dataclass(frozen=True)
class Condition:
    """How a printer is: a word for tables, and a sentence that says what is and what to do."""

    state: str
    sentence: str
    ready: bool = False


READY = Condition("ready", "The printer is ready.", ready=True)
PAPER_LOW = Condition("paper_low", "The printer's paper will soon be at its end: have a new roll at hand.", ready=True)
PAPER_OUT = Condition("paper_out", "The printer is out of paper: put in a new roll.")
COVER_OPEN = Condition("cover_open", "The printer's cover is open: close it.")
CUTTER_STUCK = Condition("cutter_stuck", "The printer's blade is stuck: open the cover and free it.")
OFFLINE = Condition("offline", "The printer is switched to offline: see what its panel says.")
BROKEN = Condition("broken", "The printer reports a fault: switch it off and on again, and see what its panel says.")
UNREACHABLE = Condition("unreachable", "The printer cannot be reached: is it switched on, and is its cable plugged in?")
SILENT = Condition("silent", "The printer does not say how it is: is its cover closed, and is nobody else printing?")


class NotReady(Exception):
    """Nothing has left; why is in `condition`."""

    def __init__(self, condition: Condition) -> None:
        super().__init__(condition.sentence)
        self.condition = condition


class Unsure(Exception):
    """The document has left, in part at least, and the printer has not confirmed it. The message is a sentence."""


def deliver(address: str, document: Document, begin: Callable[[], None]) -> Condition:
    """Print a document; returns how the printer was before it.

    Parameters
    ----------
    address: `tcp://host:port`, the port 9100 by default.
    begin: called when the printer is ready and before the document's first byte leaves; what it raises stops it.

    Raises
    ------
    NotReady, Unsure
    """
    with _connected(address) as printer:
        condition = _condition(printer)
        if not condition.ready:
            raise NotReady(condition)
        begin()
        deadline = time.monotonic() + PRINTED_WITHIN
        try:
            printer.settimeout(PRINTED_WITHIN)
            printer.sendall(document.data)
            heard = b""
            while not document.answer.search(heard):
                heard += _receive(printer, deadline)
        except TimeoutError as problem:
            raise Unsure("The printer did not say whether it printed the slip.") from problem
        except OSError as problem:
            raise Unsure("The connection broke while the slip was on its way.") from problem
    return condition


@contextlib.contextmanager
def _connected(address: str) -> Iterator[socket.socket]:
    where = urlsplit(address)
    try:
        printer = socket.create_connection((where.hostname, where.port or PORT), timeout=CONNECT_WITHIN)
    except OSError as problem:
        raise NotReady(UNREACHABLE) from problem
    with printer:
        try:
            yield printer
        finally:
            with contextlib.suppress(OSError):
                printer.shutdown(socket.SHUT_WR)
                deadline = time.monotonic() + HANG_UP_WITHIN
                while True:
                    _receive(printer, deadline)


def _condition(printer: socket.socket) -> Condition:
    """How the printer says it is, asked by `DLE EOT` 1 … 4."""
    deadline = time.monotonic() + STATE_WITHIN
    answers = []
    try:
        for number in (1, 2, 3, 4):
            printer.sendall(constants.RT_STATUS + bytes([number]))
            answers.append(_state(printer, deadline))
    except OSError as problem:
        raise NotReady(SILENT) from problem
    return condition_of(*answers)


def condition_of(printer: int, offline: int, fault: int, paper: int) -> Condition:
    """What the four answers to `DLE EOT` mean, the most particular first."""
    for bits, mask, condition in (
        (offline, 0x04, COVER_OPEN),
        (paper, 0x60, PAPER_OUT),
        (offline, 0x20, PAPER_OUT),
        (fault, 0x08, CUTTER_STUCK),
        (fault, 0x60, BROKEN),
        (offline, 0x40, BROKEN),
        (printer, 0x08, OFFLINE),
        (paper, 0x0C, PAPER_LOW),
    ):
        if bits & mask:
            return condition
    return READY


def _state(printer: socket.socket, deadline: float) -> int:
    """The next answer to `DLE EOT`: a byte that can be one; others, such as XON, are passed over."""
    while True:
        [received] = _receive(printer, deadline, most=1)
        if received & 0x93 == 0x12:
            return received


def _receive(printer: socket.socket, deadline: float, most: int = 512) -> bytes:
    """What the printer says next; a printer that never stops saying things is stopped by the deadline all the same.

    Raises
    ------
    OSError: it has hung up, or the deadline has come (`TimeoutError`).
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    printer.settimeout(left)
    received = printer.recv(most)
    if not received:
        raise ConnectionResetError("the printer hung up")
    return received
