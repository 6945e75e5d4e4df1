"""How reports say their numbers."""

import pytest

from collector.insights.compare import Comparison
from collector.reports.sentences import change_short
from collector.reports.words import Speech


@pytest.mark.parametrize(
    ("margin", "said"), [(12.4, "12"), (1.4, "1"), (0.94, "0,9"), (0.2, "0,2"), (0.01, "0,1"), (0, "0,1")]
)
def test_nothing_is_sure_to_the_point(margin: float, said: str) -> None:
    """As on the pages, small margins have a decimal and are never 0."""
    assert Speech("uk").margin(margin) == said


def test_a_small_change_has_a_decimal_beside_its_margin() -> None:
    """Else "−1 ± 1" were more than chance in one week and no more in the next."""
    assert change_short(Comparison(-1.4, -2.3, -0.5), Speech("uk")) == "−1,4 ± 0,9"
    assert change_short(Comparison(12.4, 1.2, 23.6), Speech("uk")) == "+12 ± 11"
