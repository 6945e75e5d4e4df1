"""How much later a receipt reaches the printer through the proxy than without it.

Till and printer are sockets of this process. A receipt has 30 kB and is sent at once; its delay is from the first byte
sent to the last one received, less the median without a proxy.
"""

import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.intake.report import percentile
from printer.signer import SignerFile

SIZE = 30_000
#: Between two receipts, s.
PAUSE = 0.25
_CUT = b"\n\x1dV\x42\x00"
_SIGNER = SignerFile(1, 0, bytes(32), "https://feedback.example.com", "Riverside", "en", "Europe/Kyiv")
HEAD = ("receipt of 30 kB", "bytes added", "median, ms", "p99, ms", "worst, ms")


def measure(count: int) -> Iterator[Sequence[str]]:
    with tempfile.TemporaryDirectory() as folder, closing(_Printer()) as printer:
        signer = Path(folder) / "signer.json"
        _SIGNER.write(signer)
        for name, receipt in (("text", _text()), ("pictures", _pictures())):
            alone = [_print(printer.port, printer, receipt)[0] for _ in range(count)]
            direct = statistics.median(alone)
            for about, rule in (("with a code", "--every"), ("left as it is", "--match=NEVER")):
                with _proxy(signer, printer.port, rule) as port:
                    took = [_print(port, printer, receipt) for _ in range(count)]
                added = [1000 * (seconds - direct) for seconds, _ in took]
                more = took[-1][1] - len(receipt)
                figures = (f"{percentile(added, n):.1f}" for n in (50, 99, 100))
                yield f"{name}, {about}", f"{more:,}", *figures


def _text() -> bytes:
    """As styled as receipts get: a command or two a line."""
    line = b"\x1b!\x00\x1ba\x00Coffee with milk     2 x 45.00   90.00\n\x1bE\x01Total\x1bE\x00\n"
    head = b"\x1b@\x1bt\x2e"
    return head + line * ((SIZE - len(head) - len(_CUT)) // len(line)) + _CUT


def _pictures() -> bytes:
    """As a driver sends it that draws everything: slices of raster, as grey as a photograph."""
    luck = random.Random(1)  # noqa: S311
    slice_of = b"\x1dv0\x00\x48\x00\x18\x00"
    slices = (slice_of + luck.randbytes(72 * 24) for _ in range(SIZE // (72 * 24)))
    return b"\x1b@" + b"".join(slices) + _CUT


class _Printer:
    """Takes one connection after the other, and says when the cut of each has come."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.received = 0
        self.cut_at = 0.0
        self.done = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _run(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            with peer:
                self.received, end = 0, b""
                while data := peer.recv(65_536):
                    self.cut_at = time.perf_counter()
                    self.received += len(data)
                    end = (end + data)[-len(_CUT) :]
            if end.endswith(_CUT[1:]):
                self.done.set()


def _print(port: int, printer: _Printer, receipt: bytes) -> tuple[float, int]:
    """Print a receipt; how long it took, s, and how many bytes came."""
    printer.done.clear()
    time.sleep(PAUSE)
    with socket.create_connection(("127.0.0.1", port)) as till:
        begun = time.perf_counter()
        till.sendall(receipt)
        till.shutdown(socket.SHUT_WR)
        till.recv(1)
    printer.done.wait()
    return printer.cut_at - begun, printer.received


@contextmanager
def _proxy(signer: Path, printer: int, rule: str) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as trial:
        port: int = trial.getsockname()[1]
    arguments = ["--signer", signer, "--listen", f"127.0.0.1:{port}", "--printer", f"tcp://127.0.0.1:{printer}", rule]
    with subprocess.Popen(
        [sys.executable, "-m", "collector", "print", "proxy", *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101
        while "printer behind it" not in process.stdout.readline():
            pass
        time.sleep(1)  # the first codes are being made
        try:
            yield port
        finally:
            process.terminate()
