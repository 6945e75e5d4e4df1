"""`/places/<id>/ranking`: places in a fair order."""

import re
from collections.abc import Callable

from flask.testing import FlaskClient

from tests.collector.insights.pages.test_insights import words
from tests.factories import Shop

Browser = Callable[..., FlaskClient]


def test_a_place_with_few_ratings_is_drawn_toward_the_mean(heard_of: Shop, browser: Browser) -> None:
    client, path = browser(heard_of.organisation, "head-office"), f"/places/{heard_of.organisation}/ranking"
    said = words(client, path)
    # Heard as 100 against 65; but of twelve ratings. What was before is as it was heard, too.
    assert re.search(r"1 Harbour 91 ± 3\d 100 – 12 2 Riverside 65 ± \d 65 60 \+5 ± \d 813", said), said
    assert "Nothing was heard of: Lake." in said
    assert "The mean is 66. W is how much ratings of one place differ" in said
    assert "differ no more than chance" not in said
    assert f'href="/places/{heard_of.store}/insights?from=2026-10-26&amp;to=2026-11-22"' in client.get(path).text
    regions = words(client, path, of="region")
    assert "1 Region of Harbour" in regions
    assert "Nothing was heard of: Region of Lake." in regions
    assert "No rating counted" in words(client, path, channel="sms")
    assert client.get(f"/places/{heard_of.region}/ranking?of=region").status_code == 200  # it has none: its stores


def test_a_store_has_no_ranking_and_nobody_sees_that_of_others(heard_of: Shop, browser: Browser) -> None:
    client = browser(heard_of.region, "region")
    answer = client.get(f"/places/{heard_of.store}/ranking")
    assert (answer.status_code, answer.location) == (302, f"/places/{heard_of.store}/insights")
    assert "Harbour" not in words(client, f"/places/{heard_of.region}/ranking")
    for path in ("insights", "ranking"):
        assert client.get(f"/places/{heard_of.organisation}/{path}").status_code == 404
        assert client.get(f"/places/999/{path}").status_code == 404
