"""What the kiosk's promises cost, measured: `make bench-firmware`.

The firmware runs in the real MicroPython VM with 192 KiB of heap. Its flash is simulated and as slow as a W25Q16JV
typically is (0.4 ms a page, 45 ms an erase): it stands still meanwhile, as a board does. Prints the tables of
docs/benchmarks.md.
"""

import asyncio
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from provisioning.bundle import boards, bundle
from simulators.device import VM, device_command
from simulators.device.compiled import compiled_firmware
from simulators.dns_server import DNSServer
from simulators.flash_image import write_file

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "firmware"), str(HERE.parent / "tests" / "firmware")]

from brokers import Collector as CollectorAtBroker  # noqa: E402
from brokers import certificates_in, mosquitto  # noqa: E402

PRESSES = int(os.environ.get("BENCH_PRESSES", "200"))
BACKLOG = 12_000


def main() -> None:
    print(f"`make bench-firmware`, {datetime.now(UTC).date()}, {os.cpu_count()} cores, {platform.machine()}, ", end="")
    print(f"CPython {platform.python_version()}, MicroPython VM with 192 KiB of heap.\n")
    with tempfile.TemporaryDirectory() as folder:
        bundles()
        flash(Path(folder))
        asyncio.run(presses(Path(folder)))


def table(title: str, head: list[str], rows: list[list[str]]) -> None:
    print(f"### {title}\n")
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def bundles() -> None:
    rows = []
    for board in boards():
        size = sum(len(data) for data in bundle(board).values())
        rows.append([f"`{board}`", f"{size:,}", f"{size / 1024:.1f}"])
    table("What a release of a board's code weighs", ["board", "bytes", "KiB"], rows)


def flash(folder: Path) -> None:
    rows, starts = [], []
    for program_size in (32, 256):
        found = in_vm("journal_on_flash.py", folder / f"{program_size}.flash", program_size, 10_000)
        rows.append(
            [
                f"{program_size} B",
                f"{found['erases']:.3f}",
                f"{found['pages']:.2f}",
                f"{found['light_p50']:.1f}",
                f"{found['light_p99']:.1f}",
                f"{found['light_max']:.1f}",
            ]
        )
        starts.append([f"{program_size} B", f"{found['read_to_arm']:,}", f"{found['read_to_record']:,}"])
    head = ["programs of", "erases a press", "pages a press", "flash before the light, p50 ms", "p99", "longest"]
    table("10,000 presses into the journal (simulated flash, blocks of 4 KiB, nothing confirmed)", head, rows)
    head = ["programs of", "bytes read until the buttons are armed", "until a press can be recorded"]
    table("A start on a flash with those 10,000 records (without mounting)", head, starts)


def in_vm(script: str, *arguments: object) -> dict[str, Any]:
    """Run a script of this folder in the VM, which prints JSON."""
    command = [*VM, str(HERE / script), str(compiled_firmware()), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return dict(json.loads(done.stdout))


class Kiosk:
    """A virtual kiosk on slow flash; the world around it is this program."""

    def __init__(self) -> None:
        self._lit: asyncio.Queue[float] = asyncio.Queue()
        self.ready = asyncio.Event()
        self.online = asyncio.Event()

    @contextlib.asynccontextmanager
    async def on(self, image: Path, **environment: str) -> AsyncIterator["Kiosk"]:
        server = await asyncio.start_server(self._listen, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        variables = {"KIOSK_FLASH": str(image), "KIOSK_WORLD": f"127.0.0.1:{port}", "KIOSK_FLASH_SLOW": "1"}
        process = await asyncio.create_subprocess_exec(
            *device_command("micropython"), env={**os.environ, **variables, **environment}
        )
        try:
            await asyncio.wait_for(self.ready.wait(), 60)
            yield self
        finally:
            process.kill()
            await process.wait()
            server.close()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        while line := await reader.readline():
            message = json.loads(line)
            if message.get("light") == "thanks":
                self._lit.put_nowait(time.perf_counter())
            elif message.get("screen"):
                self.ready.set()
            elif message.get("link") == "online":
                self.online.set()

    async def press(self, button: int) -> float:
        """Press a button; returns how long its light took, in ms from the first edge."""
        began = time.perf_counter()
        self._writer.write(b'{"pin":[%d,0]}\n' % button)
        lit = await asyncio.wait_for(self._lit.get(), 10)
        await asyncio.sleep(0.08)  # a finger rests
        self._writer.write(b'{"pin":[%d,1]}\n' % button)
        await asyncio.sleep(0.07)
        return (lit - began) * 1000


async def presses(folder: Path) -> None:
    certificates = certificates_in(folder)
    rows = []
    async with Networks(folder, certificates) as networks:
        for name, identity, environment in networks.all():
            image = folder / f"{len(rows)}.flash"
            write_file(image, "device.json", json.dumps(identity).encode())
            async with Kiosk().on(image, **environment) as kiosk:
                took = [await kiosk.press(1 + number % 4) for number in range(PRESSES)]
            rows.append([name, f"{statistics.median(took):.1f}", f"{percentile(took, 99):.1f}", f"{max(took):.1f}"])
        table(
            f"From the first edge to the light, {PRESSES} presses each (ms, flash simulated)",
            ["network", "p50", "p99", "longest"],
            rows,
        )
        await drain(folder, networks)


def percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


async def drain(folder: Path, networks: "Networks") -> None:
    """A kiosk with a month's backlog comes back, and somebody presses."""
    image = folder / "backlog.flash"
    write_file(image, "device.json", json.dumps(networks.well).encode())
    in_vm("fill_journal.py", image, BACKLOG)
    collector = networks.collector
    collector.reset()
    async with Kiosk().on(image) as kiosk:
        began = time.perf_counter()
        took = []
        while collector.taken < BACKLOG:
            took.append(await kiosk.press(1 + len(took) % 4))
        seconds = time.perf_counter() - began
        health = await collector.health()
    rows = [
        ["records", f"{BACKLOG:,}"],
        ["drained in", f"{seconds:.1f} s ({BACKLOG / seconds:.0f} records a second, flash as slow as a board's)"],
        [
            "presses meanwhile",
            f"{len(took)}: light after {statistics.median(took):.1f} ms p50, {max(took):.1f} longest",
        ],
        ["live heap, connected over TLS", f"{(192 * 1024 - health['free']) / 1024:.1f} KiB of 192"],
    ]
    table("A backlog drains over TLS", ["", ""], rows)


class Networks:
    """Networks of every kind, each as what `device.json` and the environment say of it."""

    def __init__(self, folder: Path, certificates: Path) -> None:
        self._folder, self._certificates = folder, certificates
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> "Networks":
        stack = self._stack
        _, address = stack.enter_context(mosquitto(self._folder, self._certificates))
        self._broker = int(address["port"])
        ca = (self._certificates / "ca.pem").read_text()
        self.well = {"kiosk": "exit-1", "host": "localhost", "n": 1, "secret": "secret", "tls": True, "ca": ca}
        self.well["port"] = self._broker
        self.collector = Collector(self._broker, self._certificates / "ca.pem")
        stack.callback(self.collector.close)
        self._silent = await self._serve(self._say_nothing)
        self._slow = await self._serve(self._forward_slowly)
        self._flapping = await self._serve(self._forward_and_cut)
        self._names = {
            mood: DNSServer({"broker.example": "127.0.0.1"}, mood) for mood in ("silent", "slow", "refusing")
        }
        for server in self._names.values():
            task = asyncio.create_task(server.serve())
            stack.callback(server.close)
            stack.callback(task.cancel)
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self._stack.aclose()

    def all(self) -> list[tuple[str, dict[str, Any], dict[str, str]]]:
        found: list[tuple[str, dict[str, Any], dict[str, str]]] = [
            ("well: TLS, broker and collector answer", self.well, {}),
            ("nobody listens", {**self.well, "port": 9}, {}),
            ("connects, then silence (no TLS handshake)", {**self.well, "port": self._silent}, {}),
            ("connects, then silence (no MQTT)", {**self.well, "port": self._silent, "tls": False}, {}),
            ("slow: 2 s each way", {**self.well, "port": self._slow}, {}),
            ("flapping: cut every 3 s", {**self.well, "port": self._flapping}, {}),
        ]
        for mood, server in self._names.items():
            host, port = server.address
            found.append(
                (f"name server {mood}", {**self.well, "host": "broker.example"}, {"KIOSK_DNS": f"{host}:{port}"})
            )
        return found

    async def _serve(self, handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]) -> int:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        self._stack.callback(server.close)
        return int(server.sockets[0].getsockname()[1])

    async def _say_nothing(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while await reader.read(1024):
                pass
        writer.close()

    async def _forward_slowly(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._forward(reader, writer, 2.0, None)

    async def _forward_and_cut(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._forward(reader, writer, 0.0, 3.0)

    async def _forward(  # until either side hangs up, or its time is over
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float, lasts: float | None
    ) -> None:
        onward = await asyncio.open_connection("127.0.0.1", self._broker)

        async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            while data := await source.read(4096):
                await asyncio.sleep(delay)
                target.write(data)
                await target.drain()

        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(lasts):
                await asyncio.gather(pump(reader, onward[1]), pump(onward[0], writer))
        onward[1].transport.abort()
        writer.transport.abort()


class Collector:
    """A collector that answers at once, so that the kiosk's own speed is what is measured."""

    def __init__(self, port: int, ca: Path) -> None:
        self._paper = CollectorAtBroker(port, ca)

    def reset(self) -> None:
        self._paper.paper.taken.clear()
        self._paper.paper.cursors.clear()

    @property
    def taken(self) -> int:
        return len(self._paper.paper.taken)

    async def health(self) -> dict[str, Any]:
        """The health of the next status of a kiosk that is online."""
        status = await asyncio.to_thread(self._paper.hears, "status", lambda body: body["state"] == "online")
        return dict(status["health"])

    def close(self) -> None:
        self._paper.close()


if __name__ == "__main__":
    main()
