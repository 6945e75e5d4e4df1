"""What is measured: our intake, and what people use for the same job today.

The others get what they need to be quick: they know store and question of a kiosk by arithmetic instead of looking it
up, answer nobody, roll nothing up, keep no cursor, and confirm to the broker as they do by default: at once.
"""

import contextlib
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from benchmarks.intake.servers import CONSUMER, DATABASE, Mosquitto, installed, until
from collector.settings import Settings

HERE = Path(__file__).parent
#: Node-RED's flow: what the broker brings goes through one function.
_NODE_RED = HERE / "node-red"


@dataclass(frozen=True)
class Consumer:
    """One alternative.

    Parameters
    ----------
    run: started with (settings, broker, empty folder); its context yields the process ids once it listens.
    acks: whether it tells kiosks what is committed.
    share: part of a core that each of its processes may use; None: all of it.
    """

    name: str
    title: str
    run: Callable[[Settings, Mosquitto, Path], contextlib.AbstractContextManager[list[int]]]
    acks: bool = False
    share: float | None = None


def node_red(function: str) -> Callable[[Settings, Mosquitto, Path], contextlib.AbstractContextManager[list[int]]]:
    """Node-RED with a flow of which `function` is the script."""

    @contextlib.contextmanager
    def run(settings: Settings, broker: Mosquitto, folder: Path) -> Iterator[list[int]]:
        installed = _installed_node_red()
        with socket.create_server(("127.0.0.1", 0)) as trial:
            port = trial.getsockname()[1]
        shutil.copy(_NODE_RED / "settings.js", folder)
        flow = [
            {"id": "tab", "type": "tab", "label": "ratings"},
            {"id": "broker", "type": "mqtt-broker", "name": "", "broker": "127.0.0.1", "port": broker.port}
            | {"clientid": "", "autoConnect": True, "protocolVersion": "4", "keepalive": "60", "cleansession": True},
            {"id": "in", "type": "mqtt in", "z": "tab", "topic": "smilepost/v1/+/up", "qos": "1", "datatype": "json"}
            | {"broker": "broker", "wires": [["store"]]},
            {"id": "store", "type": "function", "z": "tab", "outputs": 0, "wires": []}
            | {"func": (_NODE_RED / function).read_text()},
        ]
        (folder / "flows.json").write_text(json.dumps(flow))
        (folder / "flows_cred.json").write_text(json.dumps({"broker": {"user": CONSUMER, "password": broker.password}}))
        environment = {
            "NODE_RED_PORT": str(port),
            "NODE_PATH": str(installed / "node_modules"),
            "PGHOST": str(settings.postgres_socket_dir),
            "PGUSER": "smilepost",
            "PGDATABASE": DATABASE,
        }
        log = folder / "log"
        command: list[str | Path] = ["node", installed / "node_modules" / "node-red" / "red.js", "-u", folder]
        with _running(command, log, environment) as pid:
            until(lambda: "Connected to broker" in log.read_text(), "Node-RED")
            yield [pid]
            if "[error]" in log.read_text():
                raise SystemExit("Node-RED reports a problem.")

    return run


def _installed_node_red() -> Path:
    """Node-RED as our lock file has it, in the user's cache."""
    lock = (_NODE_RED / "package-lock.json").read_bytes()
    folder = platformdirs.user_cache_path("smilepost") / f"benchmark-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not (folder / "ok").exists():
        if not shutil.which("npm"):
            raise SystemExit("The benchmark needs Node.js 18 or newer with npm. On Debian: apt-get install npm")
        print("Installing Node-RED for the benchmark (once; a minute or two) …", file=sys.stderr, flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_NODE_RED / name, folder)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, check=True, stdout=2)
        (folder / "ok").touch()
    return folder


def versions_of_others() -> dict[str, str]:
    """Versions of the programs here that are not ours, where they are here."""
    asked = {"Mosquitto": [installed("mosquitto"), "-h"], "Node.js": ["node", "--version"]}
    found = {"Node-RED": json.loads((_NODE_RED / "package.json").read_text())["dependencies"]["node-red"]}
    for name, command in asked.items():
        with contextlib.suppress(OSError):
            said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
            found[name] = said.split("\n")[0].split()[-1].lstrip("v")
    return found


@contextlib.contextmanager
def plain(settings: Settings, broker: Mosquitto, folder: Path) -> Iterator[list[int]]:
    """A plain paho consumer with SQLAlchemy rows."""
    (folder / "password").write_text(broker.password)
    log = folder / "log"
    program = HERE / "plain_consumer.py"
    command: list[str | Path] = [
        sys.executable,
        program,
        settings.database_url,
        str(broker.port),
        CONSUMER,
        folder / "password",
    ]
    with _running(command, log, {}) as pid:
        until(lambda: "subscribed" in log.read_text(), "the plain consumer")
        yield [pid]


def ours(
    processes: int = 1, profile: bool = False
) -> Callable[[Settings, Mosquitto, Path], contextlib.AbstractContextManager[list[int]]]:
    """`smilepost ingest`, as it is; several share one subscription."""

    @contextlib.contextmanager
    def run(settings: Settings, broker: Mosquitto, folder: Path) -> Iterator[list[int]]:
        (folder / "password").write_text(broker.password)
        address = f"mqtt://{CONSUMER}@127.0.0.1:{broker.port}"
        settings = replace(settings, broker=address, broker_password_file=folder / "password")
        program = "benchmarks.intake.profiled" if profile else "collector"
        command: list[str | Path] = [sys.executable, "-m", program, "ingest"]
        with contextlib.ExitStack() as stack:
            # Whether they listen, the kiosks see: by the answer to their status.
            yield [
                stack.enter_context(_running(command, folder / f"{number}.log", settings.environment()))
                for number in range(processes)
            ]

    return run


@contextlib.contextmanager
def _running(command: list[str | Path], log: Path, environment: Mapping[str, str]) -> Iterator[int]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SMILEPOST_")}
    with log.open("w") as output:
        # A profile goes to standard output, and is for whoever looks at this.
        said = None if "benchmarks.intake.profiled" in command else output
        process = subprocess.Popen(command, env={**inherited, **environment}, stdout=said, stderr=output)
    try:
        yield process.pid
        if process.poll() is not None:
            raise SystemExit("A consumer ended.")
    except SystemExit as problem:
        raise SystemExit(f"{problem} The consumer's log ends with:\n{log.read_text()[-2000:]}") from problem
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


#: A small part of a core, so that two of them and all the rest fit on this machine's.
SHARE = 0.2

OURS = Consumer("ours", "**ours**, one process", ours(), acks=True)
TWO = Consumer("ours-two", "ours, two processes on one shared subscription", ours(2), acks=True)
ONE_HELD = Consumer("ours-held", "ours, one process at 20 % of a core", ours(), acks=True, share=SHARE)
TWO_HELD = Consumer("ours-two-held", "ours, two processes at 20 % of a core each", ours(2), acks=True, share=SHARE)
OTHERS = (
    Consumer("node-red", "Node-RED, one `INSERT` a message", node_red("single.js")),
    Consumer("node-red-batches", "Node-RED, batches made by hand", node_red("batches.js")),
    Consumer("plain", "paho and SQLAlchemy rows, a commit a message", plain),
)
