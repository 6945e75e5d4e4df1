"""A Mosquitto for the fleet: each signs in, each has its own topics, and nothing is dropped for want of room."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from collector.fleet.credentials import Credentials
from collector.topics import HEARS, ROOT, SAYS, topic_of

COLLECTOR, PASSWORD = "collector", "the collector's"


def mosquitto(folder: Path, port: int, kiosks: Iterable[Credentials]) -> list[str]:
    """Write its files; returns its command line."""
    folder.mkdir()
    passwords, rules, configuration = folder / "passwords", folder / "rules", folder / "mosquitto.conf"
    users = [f"{COLLECTOR}:{PASSWORD}", *(f"{kiosk.kiosk}-{kiosk.number}:{kiosk.secret}" for kiosk in kiosks)]
    lines = [f"user {COLLECTOR}", f"topic readwrite {ROOT}/#"]
    for kiosk in kiosks:
        lines.append(f"user {kiosk.kiosk}-{kiosk.number}")
        lines += [f"topic write {topic_of(kiosk.kiosk, name)}" for name in SAYS]
        lines += [f"topic read {topic_of(kiosk.kiosk, name)}" for name in HEARS]
    for path, text in (
        (passwords, users),
        (rules, lines),
        (
            configuration,
            [
                f"listener {port} 127.0.0.1",
                "allow_anonymous false",
                f"password_file {passwords}",
                f"acl_file {rules}",
                "max_queued_messages 0",
                "max_inflight_messages 0",
                *(["user root"] if os.geteuid() == 0 else []),
            ],
        ),
    ):
        path.write_text("\n".join(text) + "\n")
        path.chmod(0o600)
    subprocess.run([_program("mosquitto_passwd"), "-U", str(passwords)], check=True, capture_output=True)
    return [_program("mosquitto"), "-c", str(configuration)]


def _program(name: str) -> str:
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "The tests need Mosquitto. On Debian: apt-get install mosquitto"
    return program
