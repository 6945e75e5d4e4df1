"""The firmware's modules lie as on a board: at the top of the path. So do the programs beside the documents."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
sys.path[:0] = [str(PROJECT / "firmware"), str(PROJECT / "docs"), str(HERE)]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """A folder with an organisation's CA, its broker's certificate for localhost, and a CA that is a stranger's."""
    from brokers import certificates_in

    return certificates_in(tmp_path_factory.mktemp("certificates"))
