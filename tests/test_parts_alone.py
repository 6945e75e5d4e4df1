"""Each part runs alone, against a database and a broker of somebody else: PostgreSQL by URL, Mosquitto with TLS."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine

from collector.fleet.credentials import Credentials
from collector.fleet.identity import FILE, of_installation
from collector.settings import Settings
from collector.topics import HEARS, ROOT, SAYS
from simulators.flash_image import write_file
from simulators.virtual_kiosk import VirtualKiosk
from tests.conftest import wait_for_port
from tests.installation import Installation
from tests.waiting import until


@pytest.fixture
def mosquitto(settings: Settings, shop: Credentials, certificates: Path, tmp_path: Path) -> Iterator[Settings]:
    """Settings that name a Mosquitto with TLS, one user for the collector and one for the kiosk."""
    passwords = tmp_path / "passwords"
    passwords.touch(0o600)
    for user, password in (("collector", "the collector's"), ("exit-1-1", shop.secret)):
        subprocess.run(["mosquitto_passwd", "-b", passwords, user, password], check=True, capture_output=True)
    (tmp_path / "acl").write_text(
        f"user collector\ntopic readwrite {ROOT}/#\nuser exit-1-1\n"
        + "".join(f"topic write {ROOT}/exit-1/{name}\n" for name in SAYS)
        + "".join(f"topic read {ROOT}/exit-1/{name}\n" for name in HEARS)
    )
    for path in (passwords, tmp_path / "acl"):
        path.chmod(0o600)
    (tmp_path / "mosquitto.conf").write_text(
        f"listener {settings.broker_port} 127.0.0.1\nallow_anonymous false\nmax_queued_messages 0\n"
        f"password_file {passwords}\nacl_file {tmp_path / 'acl'}\n"
        f"certfile {certificates / 'broker.pem'}\nkeyfile {certificates / 'broker.key'}\n"
        + ("user root\n" if os.geteuid() == 0 else "")
    )
    (tmp_path / "broker-password").write_text("the collector's\n")
    program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "The tests need Mosquitto. On Debian: apt-get install mosquitto"
    with (tmp_path / "mosquitto.log").open("w") as log:
        process = subprocess.Popen([program, "-c", tmp_path / "mosquitto.conf"], stdout=log, stderr=log)
        wait_for_port(settings.broker_port)
        yield replace(
            settings,
            broker=f"mqtts://collector@localhost:{settings.broker_port}",
            broker_password_file=tmp_path / "broker-password",
            broker_ca=certificates / "ca.pem",
        )
        process.terminate()
        process.wait()


@contextlib.contextmanager
def running(installation: Installation, *names: str) -> Iterator[None]:
    """Sub-commands of `smilepost`, each a process of its own; told to end, each does so with exit code 0."""
    command = [sys.executable, "-m", "collector"]
    processes = [subprocess.Popen([*command, name], env=installation.environment()) for name in names]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        codes = [process.wait(30) for process in processes]
    assert codes == [0] * len(names)


def test_parts_work_with_a_database_and_a_broker_of_somebody_else(
    mosquitto: Settings, shop: Credentials, engine: Engine, tmp_path: Path
) -> None:
    installation = Installation(tmp_path, mosquitto)
    image = tmp_path / "kiosk.flash"
    write_file(image, FILE, msgspec.json.encode(of_installation(mosquitto, shop)))

    async def press() -> bool:
        kiosk = VirtualKiosk("exit-1", image)
        await kiosk.plug_in()
        await kiosk.wait_until(lambda: kiosk.front.armed and kiosk.front.online)
        lit = await kiosk.press(4)
        await asyncio.to_thread(until, lambda: len(list(installation.ratings())) == 1, "the rating")
        await kiosk.pull_plug()
        return lit

    with running(installation, "ingest", "web", "live", "jobs"):
        wait_for_port(mosquitto.port)
        wait_for_port(mosquitto.live_port)
        wrong = [line for line in installation.run("doctor", check=False).splitlines() if "✗" in line]
        assert all("fsync is off" in line for line in wrong), wrong  # as the tests' database is
        with urllib.request.urlopen(f"http://127.0.0.1:{mosquitto.port}/readyz") as answer:
            assert answer.status == 200
        assert asyncio.run(asyncio.wait_for(press(), 60))
        assert [rating["button"] for rating in installation.ratings()] == [4]
