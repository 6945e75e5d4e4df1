"""The test clock: one file moves the time of all parts of an installation."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from collector import clock, current
from collector.settings import Settings

HOUR = timedelta(hours=1)


@pytest.fixture
def demonstration(settings: Settings, tmp_path: Path) -> Settings:
    """An installation with a test clock that nobody has moved yet."""
    return replace(settings, clock_file=tmp_path / "run" / "clock")


def smilepost(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "collector", *arguments]
    environment = settings.environment()
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def is_about(moment: datetime, ahead: timedelta) -> bool:
    return abs(moment - datetime.now(UTC) - ahead) < timedelta(seconds=30)


def test_time_is_the_machine_s_until_it_is_moved(settings: Settings, demonstration: Settings) -> None:
    assert is_about(clock.now(settings), timedelta())
    assert is_about(clock.now(demonstration), timedelta())


def test_moves_add_up_and_go_back_all_at_once(demonstration: Settings) -> None:
    assert is_about(clock.move(demonstration, clock.span("+26h")), 26 * HOUR)
    assert is_about(clock.move(demonstration, clock.span("+1d30m")), 50.5 * HOUR)
    assert is_about(clock.now(demonstration), 50.5 * HOUR)
    assert is_about(clock.move(demonstration, clock.span("real")), timedelta())


@pytest.mark.parametrize("typed", ["26h", "+26", "-1h", "+h", "+1w", "", "+1 h", "+9999999h"])
def test_what_is_no_span_is_said(typed: str) -> None:
    with pytest.raises(clock.ClockFailure, match=r"Write \+26h"):
        clock.span(typed)


def test_only_an_installation_with_a_test_clock_is_moved(settings: Settings) -> None:
    ended = smilepost(settings, "simulate", "time", "+26h")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "SMILEPOST_CLOCK_FILE" in ended.stderr


def test_pages_live_in_the_moved_time(
    demonstration: Settings, make_app: Callable[..., Flask], settings: Settings
) -> None:
    app = make_app(clock_file=demonstration.clock_file)
    del app.extensions["now"]
    assert "It is " in smilepost(demonstration, "simulate", "time", "+26h").stdout
    with app.test_request_context():
        assert is_about(current.now(), 26 * HOUR)


def test_a_file_with_anything_else_is_said_and_not_guessed(demonstration: Settings) -> None:
    clock.move(demonstration, HOUR)
    assert demonstration.clock_file
    demonstration.clock_file.write_text("tomorrow")
    with pytest.raises(clock.ClockFailure, match="a number of seconds"):
        clock.now(demonstration)


def test_doctor_says_that_this_is_no_installation_for_customers(demonstration: Settings) -> None:
    clock.move(demonstration, 26 * HOUR)
    said = smilepost(demonstration, "doctor").stdout
    assert "lives by a test clock, 1 day, 2:00:00 ahead" in said
    assert "take clock_file out of the settings" in said
