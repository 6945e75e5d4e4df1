"""`smilepost simulate fleet` beside a running installation."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from collector.failure import Failure
from collector.settings import Settings
from simulators.fleet.command import Wanted, simulate_fleet
from tests.factories import make_kiosk, make_ratings, make_shop
from tests.installation import Installation


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("fleet")) as installation:
        yield installation


def test_all_that_was_lit_is_in_the_table_and_again_the_next_time(installation: Installation) -> None:
    lit = stored = 0
    for _ in range(2):
        said = installation.run(
            "simulate", "fleet", "--kiosks", "30", "--vms", "1", "--speed", "120", "--minutes", "0.15"
        )
        assert "31 kiosks online" in said
        ended = re.search(r"([\d,]+) presses of 30 kiosks were lit; ([\d,]+) of them are in the table\b", said)
        assert ended, said
        assert ended[1] == ended[2] != "0", said
        lit, stored = lit + int(ended[1].replace(",", "")), len(list(installation.ratings()))
    assert stored >= lit
    # The second time they were the same kiosks with the same journals.
    kiosks = [each["id"] for each in installation.get("kiosks?limit=100")["items"]]
    assert len([each for each in kiosks if each.startswith("sim")]) == 31


def test_real_ratings_are_not_mixed_with_simulated_ones(engine: Engine, settings: Settings) -> None:
    with engine.begin() as connection:
        make_ratings(connection, make_kiosk(connection, make_shop(connection)), [1])
    with pytest.raises(Failure, match="--beside-real"):
        simulate_fleet(settings, Wanted(kiosks=3, vms=0, seed=1, speed=1, minutes=1, beside_real=False))
