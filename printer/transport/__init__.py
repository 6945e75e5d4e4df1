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
from urllib.parse import urlsplit

from escpos import constants

from printer.condition import SILENT, UNREACHABLE, Condition, condition_of
from printer.escpos import Document

#: How long to wait, s: for a connection, for the answer to a question about its state, for the paper.
CONNECT_WITHIN, STATE_WITHIN, PRINTED_WITHIN = 3.0, 2.0, 20.0
#: How long to wait at the end for the printer to hang up, s.
HANG_UP_WITHIN = 1.0
#: TCP port of printers.
PORT = 9100


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
