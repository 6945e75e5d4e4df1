"""What an installation begins with: beside the shop floor a living shop, without it a house of one's own."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from collector.places.tables import place
from collector.up.shop import open_house, open_shop


def test_without_the_shop_floor_one_begins_with_first_steps(
    engine: Engine, browser: Callable[..., FlaskClient]
) -> None:
    for _ in range(2):  # at the second start, too
        with engine.begin() as connection:
            open_house(connection)
            [(top, kind)] = connection.execute(select(place.c.id, place.c.kind))
    assert kind == "organisation"
    owner = browser(top)
    assert owner.get("/").location == "/set-up"
    assert "Make a small sample" in owner.get("/set-up").text


def test_the_shop_is_not_put_into_a_house_that_somebody_has_made_their_own(engine: Engine) -> None:
    with engine.begin() as connection:
        open_house(connection)
        open_shop(connection)
        assert list(connection.scalars(select(place.c.kind))) == ["organisation"]
