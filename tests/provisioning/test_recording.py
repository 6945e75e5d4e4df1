"""The recorded session of the documents shows what the program says today."""

import html
import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.installation import Installation

ROOT = Path(__file__).parents[2]
CAST, PICTURE = ROOT / "docs/recordings/provision-kiosk.cast", ROOT / "docs/pictures/provision-kiosk.svg"


@pytest.fixture(scope="module")
def recorder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_recording", ROOT / "docs/make_recording.py")
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("recording")) as installation:
        yield installation


def test_the_recording_is_an_asciicast_that_plays() -> None:
    header, *events = map(json.loads, CAST.read_text().splitlines())
    assert (header["version"], header["width"]) == (2, 100)
    assert header.keys() == {"version", "width", "height", "title", "env"}
    assert events
    assert all(kind == "o" and isinstance(text, str) for _, kind, text in events)
    times = [at for at, _, _ in events]
    assert times == sorted(times)
    assert times[-1] < 120


def test_nothing_of_the_machine_is_in_it() -> None:
    for file in (CAST, PICTURE):
        text = file.read_text()
        assert not re.search(r"/(tmp|home|root|work|dev|usr)/", text)
    # Nothing is loaded from elsewhere.
    assert not re.search(r"url\((?!#)|href|@import|@font-face", PICTURE.read_text())


def test_it_shows_what_the_program_says_today(recorder: ModuleType, installation: Installation, tmp_path: Path) -> None:
    today = recorder.record(installation, tmp_path)
    assert today.code == 0, today.screen
    [_, *events] = map(json.loads, CAST.read_text().splitlines())
    recorded = recorder.screen("".join(text for _, _, text in events))
    assert steps(recorded) == steps(today.screen)
    assert len(steps(recorded)) > 15
    assert "".join(steps(shown(PICTURE))).replace(" ", "") == "".join(steps(recorded)).replace(" ", "")


def steps(lines: list[str]) -> list[str]:
    """The names of the steps, the headings and the questions, in order."""
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]
    named = (re.match(r"✓ [\w -]{16}|\? .*\?|(Acceptance ?test|Last)$", line) for line in plain)
    return [found[0].strip() for found in named if found]


def shown(picture: Path) -> list[str]:
    """The lines of text of a picture."""
    lines: dict[str, list[tuple[float, str]]] = {}
    for x, y, words in re.findall(r'<text [^>]*x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)<', picture.read_text()):
        lines.setdefault(y, []).append((float(x), html.unescape(words).replace("\xa0", " ")))
    return ["".join(words for _, words in sorted(pieces)) for pieces in lines.values()]
