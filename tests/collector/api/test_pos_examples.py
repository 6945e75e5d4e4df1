"""The five lines that docs/pos.md gives a till's developer do what it says."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright._impl._driver import compute_driver_executable
from sqlalchemy import Engine, select

from collector.accounts.tokens import make_token
from collector.links.tables import receipt
from collector.settings import Settings
from printer.profiles import PROFILES
from tests.factories import Shop
from tests.printer.makes import Printed
from tests.printer.paper import check
from tests.serving import served

DOCUMENT = Path(__file__).parents[3] / "docs" / "pos.md"
#: Playwright brings a Node along, so there is one wherever the tests are.
NODE = compute_driver_executable()[0]
RUN = {"python": (sys.executable, "till.py"), "js": (str(NODE), "till.mjs")}


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def till(app: Flask, settings: Settings, engine: Engine, riverside: Shop) -> Iterator[dict[str, str]]:
    """What a till is told: where Smilepost is, its token, its store."""
    with engine.begin() as connection:
        token = make_token(connection, "till 2", ("read", "write"), riverside.store)
    with served(app) as address:
        yield {"SMILEPOST": address, "TOKEN": token, "STORE": str(riverside.store)}


@pytest.mark.parametrize("language", RUN)
def test_an_example_gives_the_bytes_of_a_slip(
    till: dict[str, str], engine: Engine, tmp_path: Path, language: str
) -> None:
    interpreter, name = RUN[language]
    (tmp_path / name).write_text(example(language))
    first, again = (
        subprocess.run(
            [interpreter, tmp_path / name, "0042"],
            env={**os.environ, **till},
            capture_output=True,
            timeout=30,
            check=True,
        ).stdout
        for _ in range(2)
    )
    assert first == again
    printed = Printed(first, PROFILES["other-58"])
    [strip] = printed.strips
    [code] = check(strip.png, strip.text).clean
    with engine.connect() as connection:
        [row] = connection.execute(select(receipt))
    assert row.reference == "0042"
    assert re.fullmatch(r"HTTP://LOCALHOST:\d+/Q/[A-Z2-7]{28}", code)


def test_each_example_is_about_five_lines() -> None:
    for language in (*RUN, "php"):
        lines = [line for line in example(language).splitlines() if line and not line.startswith(("import", "<?php"))]
        assert len(lines) == 5
