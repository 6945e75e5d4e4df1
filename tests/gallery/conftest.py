"""One filled installation and one browser for all tests here."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from collector.settings import Settings
from tests.browser import chromium
from tests.conftest import empty_installation
from tests.gallery.show import Show, shown


@pytest.fixture(scope="package")
def show(postgres: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Show]:
    with empty_installation(postgres, tmp_path_factory.mktemp("gallery")) as settings, shown(settings) as found:
        yield found


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser
