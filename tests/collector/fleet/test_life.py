import pytest

from collector.fleet.condition import Condition, State
from collector.fleet.life import Life, judge
from tests.factories import NOW


@pytest.mark.parametrize(
    ("retired", "has_secret", "state", "life"),
    [
        (False, False, State.NEW, Life.MADE),
        (False, True, State.NEW, Life.ENROLLED),
        (False, True, State.ONLINE, Life.ACTIVE),
        (False, True, State.ASLEEP, Life.ACTIVE),
        (False, True, State.OFFLINE, Life.SILENT),
        (False, True, State.SILENT, Life.SILENT),
        (True, False, State.ONLINE, Life.RETIRED),
        (True, False, State.NEW, Life.RETIRED),
    ],
)
def test_the_life_of_a_kiosk(*, retired: bool, has_secret: bool, state: State, life: Life) -> None:
    assert judge(retired=retired, has_secret=has_secret, condition=Condition(state, NOW)) is life
