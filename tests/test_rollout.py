"""A bad release halts by itself and is taken back, and the mended one reaches everybody: in a whole installation."""

from pathlib import Path

from simulators.fleet import Behaviour
from tests.rollout.checks import check
from tests.rollout.house import Scale, house
from tests.rollout.story import tell


def test_a_bad_release_is_stopped_and_taken_back_and_the_mended_one_reaches_everybody(tmp_path: Path) -> None:
    scale = Scale(kiosks=60, vms=2, troubled=1, faults=("cannot be started",), without=(Behaviour.KEYLESS,))
    with house(tmp_path, scale) as made:
        check(made, tell(made))
