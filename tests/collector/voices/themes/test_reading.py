"""Comments are read once, by the lists that hold at their store, and anew when these change."""

from collections.abc import Callable

from sqlalchemy import Engine, select, update

from collector.policies.queries import give_policy
from collector.surveys.tables import answer
from collector.voices.themes.defaults import DEFAULTS_ID
from collector.voices.themes.policy import Theme, ThemePolicy
from collector.voices.themes.reading import Reading
from tests.factories import Shop, make_shop

OWN = ThemePolicy((Theme("own-1", {"en": ("bird*",)}, "Birds"), Theme("queue", {"en": ("wait*",)})))


def test_comments_are_read_by_the_lists_of_their_store(
    engine: Engine, say: Callable[..., int], riverside: Shop
) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    here = say("a", comment="Queue of birds")
    there = say("b", store=hillside.store, touchpoint=None, comment="Queue of BIRDS")
    without = say("c")
    long = say("d", comment="x" * 1000)
    reading = Reading(engine)

    def themes() -> dict[int, list[str]]:
        while reading.look():
            pass
        with engine.begin() as connection:
            assert reading.read(connection) == 0
            rows = connection.execute(select(answer.c.id, answer.c.themes)).all()
            return {row.id: row.themes for row in rows}

    assert themes() == {here: ["queue"], there: ["queue"], without: [], long: []}
    with engine.begin() as connection:
        give_policy(connection, riverside.region, "themes", OWN, "a test")
    assert themes() == {here: ["own-1"], there: ["queue"], without: [], long: []}
    with engine.begin() as connection:
        give_policy(connection, riverside.region, "themes", None, "a test")
        give_policy(connection, hillside.store, "themes", ThemePolicy(()), "a test")
    assert themes() == {here: ["queue"], there: [], without: [], long: []}
    with engine.begin() as connection:
        read_by = connection.scalars(select(answer.c.themed_by).order_by(answer.c.id)).all()
        assert read_by[0] == DEFAULTS_ID < 0 < read_by[1]
        # What is erased is found by nothing any more.
        erased = update(answer).where(answer.c.id == here).values(comment=None, words=None)
        connection.execute(erased)
        words = connection.scalars(select(answer.c.words).order_by(answer.c.id)).all()
        assert [bool(each) for each in words] == [False, True, False, True]
    assert themes()[here] == ["queue"]
