"""A line to a printer on the network that can break at some byte; the printer keeps what it has got."""

import contextlib
import socket
import threading
from collections.abc import Iterator


class BrokenLine:
    """Between whoever prints and a printer.

    Parameters
    ----------
    port: the printer's, on this machine.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._left: int | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def break_after(self, size: int) -> None:
        """Of the next connection so many bytes arrive; then it ends."""
        self._left = size

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                with (
                    caller,
                    socket.create_connection(("127.0.0.1", self._port)) as printer,
                    contextlib.suppress(OSError),
                ):
                    back = threading.Thread(target=_pass, args=(printer, caller))
                    back.start()
                    self._pass_on(caller, printer)
                    back.join()

    def _pass_on(self, caller: socket.socket, printer: socket.socket) -> None:
        while piece := caller.recv(4096):
            if self._left is None:
                printer.sendall(piece)
                continue
            printer.sendall(piece[: self._left])
            self._left -= len(piece)
            if self._left <= 0:
                self._left = None
                caller.shutdown(socket.SHUT_RDWR)
                break
        printer.shutdown(socket.SHUT_WR)


def _pass(printer: socket.socket, caller: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := printer.recv(4096):
            caller.sendall(piece)
        caller.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def breakable(port: int) -> Iterator[BrokenLine]:
    """A line until the block ends."""
    line = BrokenLine(port)
    try:
        yield line
    finally:
        line.close()
