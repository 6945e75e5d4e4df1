"""A real Mosquitto, with the configuration that `smilepost broker mosquitto` writes."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from collector.broker.mosquitto import Listeners, write_configuration
from collector.database import connect
from collector.settings import Settings
from tests.conftest import free_ports, wait_for_port


class Mosquitto:
    """A Mosquitto in a folder of its own, and the settings of an installation that uses it."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.folder = folder
        self.listeners = Listeners("127.0.0.1", *free_ports(2))
        self.settings = replace(
            settings,
            broker=f"mqtt://collector@127.0.0.1:{self.listeners.local_port}",
            broker_password_file=settings.data / "secrets" / "broker-collector",
            broker_ca=settings.certificates / "ca.pem",
            broker_control="dynamic-security",
        )
        self._process: subprocess.Popen[bytes] | None = None

    def write(self) -> None:
        with connect(self.settings) as database:
            write_configuration(self.settings, database, self.folder, ["broker.example"], self.listeners)

    def start(self) -> None:
        program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "The tests need Mosquitto. On Debian: apt-get install mosquitto"
        # As root it would become its system user, who cannot look into a test's folder.
        configuration = self.folder / "as_tested.conf"
        user = "user root\n" if os.geteuid() == 0 else ""
        configuration.write_text(user + (self.folder / "mosquitto.conf").read_text())
        with (self.folder / "mosquitto.log").open("a") as log:
            self._process = subprocess.Popen([program, "-c", configuration], stdout=log, stderr=log)
        for port in self.listeners[1:]:
            wait_for_port(port)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def mosquitto(settings: Settings, tmp_path: Path) -> Iterator[Mosquitto]:
    server = Mosquitto(settings, tmp_path / "mosquitto")
    try:
        yield server
    finally:
        server.kill()
