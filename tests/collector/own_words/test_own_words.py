"""What an organisation calls its places and faces, pages say."""

import re
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import Engine

from collector.insights.faces import Face
from collector.own_words.definition import Names, OwnWords
from tests.collector.console.test_store_page import words
from tests.factories import NOW, Shop, add_up, make_kiosk, make_ratings, make_shop

Browser = Callable[..., FlaskClient]


def token_of(client: FlaskClient, path: str) -> dict[str, str]:
    return dict(re.findall(r'name="(csrf_token)" value="([^"]+)"', client.get(path).text.partition("<main>")[2]))


def test_own_words_are_said_and_ours_where_there_are_none(browser: Browser, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        make_shop(connection, "Hilltop", beside=riverside)
        make_ratings(connection, make_kiosk(connection, riverside), [1, 1, 4], happened=NOW)
        add_up(connection)
    head, path = browser(riverside.organisation, "head-office"), f"/places/{riverside.organisation}/words"
    assert "Stores: 2" in words(head.get(f"/places/{riverside.organisation}/today").text)
    form = {**token_of(head, path), "store-many-en": " Branches ", "very-good-en": "super", "store-one-uk": "Філія"}
    assert head.post(path, data=form).location == path
    page = head.get(path).text
    assert 'value="Branches"' in page
    assert 'value="Філія"' in page
    today = words(head.get(f"/places/{riverside.organisation}/today").text)
    assert "Branches: 2" in today
    assert re.search(r"67 % super", today)
    assert "Regions" in today
    # It holds below as well; a store's own people change nothing.
    assert "super" in words(browser(riverside.store, "store").get(f"/stores/{riverside.store}").text)
    assert browser(riverside.store, "store").get(path).status_code in {403, 404}
    region = browser(riverside.region, "region")
    own = f"/places/{riverside.region}/words"
    assert "<button>" not in region.get(own).text.partition("<main>")[2]
    assert region.post(own, data=token_of(region, own)).status_code == 403
    assert region.post(path, data=token_of(region, own)).status_code == 404
    # Back to those of the place above.
    below = f"/places/{riverside.region}/words"
    head.post(below, data={**token_of(head, below), "store-many-en": "Outlets"})
    assert 'value="Outlets"' in head.get(below).text
    head.post(below, data={**token_of(head, below), "above": "1"})
    assert 'value="Branches"' in head.get(below).text
    assert head.post(path, data={**token_of(head, path), "good-en": "x" * 41}).status_code == 400


def test_a_word_of_another_language_is_not_said() -> None:
    own = OwnWords(places={"store": {"uk": Names("Філія", "Філії")}}, faces={Face.GOOD: {"uk": "добре"}})
    assert own.place("store", "uk", many=True) == "Філії"
    assert own.place("store", "en", many=True) == own.place("region", "uk", many=False) == ""
    assert (own.face(Face.GOOD, "uk"), own.face(Face.GOOD, "de"), own.face(Face.BAD, "uk")) == ("добре", "", "")
