"""The program says what it did on standard output, what went wrong on the other, and ends accordingly."""

import subprocess
import sys
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from collector.broker.nats import EmbeddedBroker
from collector.fleet.credentials import Credentials
from collector.settings import Settings


def smilepost(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "collector", *arguments]
    environment = settings.environment()
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_token_is_all_that_a_script_reads(settings: Settings, shop: Credentials) -> None:
    ended = smilepost(settings, "token", "--scope", "read", "till-report")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("sp_")
    assert len(ended.stdout.split()) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["token"], "no place yet"), (["token", "--place", "7"], "no place with the id 7")],
)
def test_failure_is_a_sentence_and_no_token(
    settings: Settings, engine: Engine, arguments: list[str], says: str
) -> None:
    ended = smilepost(settings, *arguments)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


def test_doctor_finds_all_well(settings: Settings, broker: EmbeddedBroker) -> None:
    ended = smilepost(settings, "doctor")
    assert (ended.returncode, "All is well." in ended.stdout) == (0, True), ended.stdout


def test_doctor_says_what_is_wrong_and_how_to_mend_it(settings: Settings) -> None:
    missing = settings.database.replace("/test_", "/none_")
    ended = smilepost(replace(settings, database=missing), "doctor")
    assert ended.returncode == 1
    assert "database does not answer" in ended.stdout
    assert "Check the setting `database`" in ended.stdout
    assert "does not answer: [Errno 111] Connection refused" in ended.stdout
    assert "Start `smilepost up`: it runs the embedded broker." in ended.stdout


def test_doctor_names_a_missing_password_file(settings: Settings) -> None:
    outside = replace(settings, broker=f"mqtt://me@localhost:{settings.broker_port}")
    assert "broker_password_file" in smilepost(outside, "doctor").stdout


def test_up_says_which_port_it_cannot_have(settings: Settings) -> None:
    taken = smilepost(replace(settings, live_port=settings.port), "up")
    assert taken.returncode == 1
    assert "live_port" in taken.stderr
    assert "cannot be used" in taken.stderr


def test_press_without_a_shop_floor_says_what_to_start(settings: Settings) -> None:
    ended = smilepost(settings, "simulate", "press", "exit-1", "1")
    assert ended.returncode == 1
    assert "Start it first: smilepost up" in ended.stderr


def test_help_teaches(settings: Settings) -> None:
    ended = smilepost(settings, "--help")
    assert ended.returncode == 0
    assert "smilepost simulate press riverside-exit 4" in ended.stdout
