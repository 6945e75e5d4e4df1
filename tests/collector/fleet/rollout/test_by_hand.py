"""`smilepost release roll-out`, on the machine of the installation."""

import argparse
from datetime import UTC, datetime

import pytest

from collector.commands import release
from collector.failure import Failure
from tests.collector.fleet.rollout.conftest import Region


def run(region: Region, *arguments: str) -> None:
    parser = argparse.ArgumentParser()
    release.add(parser.add_subparsers())
    parsed = parser.parse_args(["release", "roll-out", *arguments])
    parsed.run(region.settings, parsed)


def test_a_rollout_begins_with_a_command(region: Region, capsys: pytest.CaptureFixture[str]) -> None:
    region.kiosks("k-1")
    region.now = datetime.now(UTC)
    region.say("k-1")
    with pytest.raises(Failure, match="no place is called Hilltop"):
        run(region, "12", "--place", "Hilltop")
    with pytest.raises(Failure, match="There is no release 99"):
        run(region, "99")
    run(region, "12", "--place", "Riverside")
    said = capsys.readouterr().out
    assert said.startswith("Release 12 goes to Riverside: first to k-1. Watch it at http")
    with pytest.raises(Failure, match="is under way"):
        run(region, "12")
