"""A database with a store in it, and our programs as they are shipped."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.pool import NullPool

from collector import migrations
from collector.database import make_engine
from collector.places.tree import add_place
from collector.settings import Settings
from collector.slips.printers import Setup, add
from collector.up.postgres import running
from tests.conftest import port_settings, wait_for_port


@dataclass(frozen=True)
class Installation:
    settings: Settings
    engine: Engine
    store_id: int

    def add_printer(self, name: str, address: str, profile: str = "epson-80") -> int:
        """A printer of the store; returns its id."""
        with self.engine.begin() as connection:
            return add(connection, self.store_id, Setup(name, address, profile))

    @contextlib.contextmanager
    def program(self, *command: str) -> Iterator[None]:
        """Runs `smilepost …` for as long as it is needed."""
        environment = {**os.environ, **self.settings.environment()}
        with (self.settings.data / f"{command[0]}.log").open("ab") as log:
            arguments = [sys.executable, "-m", "collector", *command]
            process = subprocess.Popen(arguments, env=environment, stdout=log, stderr=log)
            try:
                yield
            finally:
                process.terminate()
                process.wait()

    @contextlib.contextmanager
    def web(self) -> Iterator[None]:
        with self.program("web"):
            wait_for_port(self.settings.port)
            yield


@contextlib.contextmanager
def installation() -> Iterator[Installation]:
    with tempfile.TemporaryDirectory(prefix="printing-") as folder:
        Path(folder).chmod(0o755)
        settings = Settings.load(environ={}, data=Path(folder), **port_settings())
        with running(settings):
            engine = make_engine(settings, poolclass=NullPool)
            migrations.upgrade(engine)
            yield Installation(settings, engine, _make_store(engine))


def _make_store(engine: Engine) -> int:
    with engine.begin() as connection:
        top = add_place(connection, "organisation", "Smilepost", time_zone="UTC")
        region = add_place(connection, "region", "Region", top, time_zone="UTC")
        return add_place(connection, "store", "Riverside", region, time_zone="UTC", opening_hours={})
