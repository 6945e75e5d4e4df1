"""How tests start real RabbitMQ nodes from the folder that `smilepost broker rabbitmq` has written; one to share."""

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals
from typing import Any

import pytest

from collector.broker.errors import BrokerError
from collector.broker.management import Management
from collector.broker.queues import VHOST
from collector.broker.rabbitmq import COLLECTOR, MANAGER, Listeners, write_configuration
from collector.settings import BrokerAddress, Settings
from tests.conftest import free_ports
from tests.waiting import until

PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
CTL = PROGRAM.with_name("rabbitmqctl")
HOST = "localhost"
#: What ends a process with the tests, however they end.
WITH_PARENT = ("setpriv", "--pdeathsig", "KILL")
#: Seconds for a node to come up, several of them on a busy machine.
PATIENCE = 120.0


class Node:
    """One node: its files, its ports, and how it is started."""

    def __init__(self, number: int, folder: Path, listeners: Listeners, epmd: int) -> None:
        self.name = f"rabbit{number}@{HOST}"
        self.folder, self.listeners = folder, listeners
        #: For kiosks that come without TLS: what is tested or measured is not always that.
        self.plain, self._distribution = free_ports(2)
        self._epmd = epmd
        self.process: subprocess.Popen[bytes] | None = None

    def write(self, settings: Settings, like: Path | None, names: list[str]) -> None:
        """Have its files written; all nodes have the same secrets as the first one, `like`."""
        if like:
            self.folder.mkdir(parents=True)
            for name in ("erlang.cookie", "broker.pem", "broker.key", "ca.pem"):
                shutil.copy2(like / name, self.folder)
        write_configuration(settings, self.folder, names, [HOST], self.listeners, self.folder)
        configuration = (self.folder / "rabbitmq.conf").read_text()
        plain = f"mqtt.listeners.tcp.1 = 127.0.0.1:{self.plain}"
        (self.folder / "as_tested.conf").write_text(configuration.replace("mqtt.listeners.tcp = none", plain))
        cookie = self.folder / ".erlang.cookie"
        shutil.copy2(self.folder / "erlang.cookie", cookie)
        cookie.chmod(0o400)

    @property
    def environment(self) -> Mapping[str, str]:
        own = {
            "HOME": str(self.folder),
            "ERL_EPMD_PORT": str(self._epmd),
            # Several nodes share the machine: their schedulers sleep instead of looking for work.
            "ERL_FLAGS": "+sbwt none +sbwtdcpu none +sbwtdio none +S 2",
            "RUNNING_UNDER_SYSTEMD": "true",  # the shell then becomes the server
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "as_tested.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_LOGS": "-",
        }
        return {**os.environ, **own}

    @property
    def log(self) -> Path:
        return self.folder / "node.log"

    def start(self) -> None:
        assert PROGRAM.exists(), "The tests need RabbitMQ. On Debian: apt-get install rabbitmq-server"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*WITH_PARENT, str(PROGRAM)],
                env=dict(self.environment),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def signal(self, number: Signals) -> None:
        assert self.process
        self.process.send_signal(number)

    def kill(self) -> None:
        """`kill -9`."""
        self._end(SIGKILL)

    def end(self) -> None:
        """End it in order, as systemd does."""
        self._end(SIGTERM)

    def control(self, *command: str) -> str:
        """Have `rabbitmqctl` do something at it; returns what it prints."""
        line = [str(CTL), "--quiet", *command]
        done = subprocess.run(
            line, env=dict(self.environment), check=True, timeout=PATIENCE, stdout=subprocess.PIPE, text=True
        )
        return done.stdout.strip()

    def _end(self, how: Signals) -> None:
        if self.process:
            self.process.send_signal(how)
            self.process.wait(60)
            self.process = None


class Nodes:
    """A cluster on this machine, with the settings of an installation that uses it.

    Parameters
    ----------
    settings: of the installation; its secrets are the collector's.
    """

    def __init__(self, settings: Settings, folder: Path, count: int) -> None:
        [epmd] = free_ports(1)
        folder.mkdir(parents=True, exist_ok=True)
        command = ["epmd", "-port", str(epmd), "-address", "127.0.0.1"]
        self._epmd = subprocess.Popen([*WITH_PARENT, *command], stderr=subprocess.DEVNULL)
        self.nodes = [
            Node(number, folder / f"node{number}", Listeners("127.0.0.1", *free_ports(3)), epmd)
            for number in range(1, count + 1)
        ]
        first = None
        for node in self.nodes:
            node.write(settings, first, [each.name for each in self.nodes])
            first = first or node.folder
        self._own = settings

    def settings(self, like: Settings) -> Settings:
        """The settings of another installation, with this cluster for its broker."""
        own = self._own
        collectors = ",".join(f"{HOST}:{node.listeners.collectors}" for node in self.nodes)
        management = ",".join(f"{HOST}:{node.listeners.management}" for node in self.nodes)
        return replace(
            like,
            broker=f"amqps://{COLLECTOR}@{collectors}",
            broker_control=f"https://{MANAGER}@{management}",
            broker_password_file=own.data / "secrets" / "broker-collector",
            broker_control_password_file=own.data / "secrets" / "broker-manager",
            broker_ca=own.certificates / "ca.pem",
            kiosk_broker=f"mqtts://{HOST}:{self.nodes[0].listeners.kiosks}",
        )

    def start(self, count: int | None = None) -> None:
        """Start so many of them, else all."""
        for node in self.nodes[:count]:
            node.start()
        for node in self.nodes[:count]:
            self.wait_for(node)

    def close(self) -> None:
        for node in self.nodes:
            node.kill()
        self._epmd.kill()
        self._epmd.wait()

    def sees(self, node: Node) -> set[str]:
        """The nodes with which a node is in one cluster, itself among them; none while it is not at work."""
        with contextlib.suppress(BrokerError, KeyError, TypeError):
            return {each["name"] for each in self.ask(node, "nodes", columns="name,running") if each["running"]}
        return set()

    def wait_for(self, node: Node) -> None:
        """Wait until a node is at work."""
        until(lambda: self._works(node), f"{node.name}; see {node.log}", PATIENCE)

    def ask(self, node: Node, *path: str, **query: str) -> Any:
        """What a node's management says."""
        address = BrokerAddress(HOST, node.listeners.management, MANAGER, tls=True)
        with Management(self.settings(self._own), address) as management:
            return management.get(*path, **query)

    def _works(self, node: Node) -> bool:
        assert node.process
        if node.process.poll() is not None:
            node.start()  # as systemd does: of nodes that begin at once, one may find the others half there
        try:
            socket.create_connection((HOST, node.listeners.collectors)).close()  # it opens this one last
        except OSError:
            return False
        return len(self.sees(node)) == sum(each.process is not None for each in self.nodes)


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """A cluster of one node, for all tests that need one: whose users and queues are left, the next one clears away."""
    folder = tmp_path_factory.mktemp("rabbitmq")
    nodes = Nodes(Settings.load(environ={}, data=folder / "data"), folder / "nodes", 1)
    try:
        nodes.start()
        yield nodes
    finally:
        nodes.close()


@pytest.fixture
def clustered(rabbitmq: Nodes, settings: Settings) -> Settings:
    """Settings of an installation that uses it."""
    settings = rabbitmq.settings(settings)
    with Management(settings) as management:
        for queue in management.get("queues", VHOST, columns="name"):
            management.delete("queues", VHOST, queue["name"])
    return settings
