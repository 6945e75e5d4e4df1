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
    assert change_short(Comparison(6, 6 - margin, 6 + margin), Speech("uk")) == f"+6 ± {said}"
