"""Which rules that open cases a survey has: its own people add to those of the place above, and loosen none.

Otherwise a store could choose that nobody hears of its complaints. As with the policy for cases, only those above may.
"""

from sqlalchemy import Connection, select

from collector.places.tables import place
from collector.surveys.definition import Definition, Opens
from collector.surveys.queries import NothingAsked, survey_at


def rules_of(connection: Connection, definition: Definition, place_id: int, publisher: int | None) -> Opens:
    """The rules with which a customers' survey of a place is asked.

    Parameters
    ----------
    publisher: place of whoever publishes it; None: whoever set this installation up.
    """
    where = connection.execute(select(place.c.path).where(place.c.id == place_id)).one()
    above = where.path[:-1]
    if not above or publisher is None or publisher in above:
        return definition.opens
    try:
        return joined(definition.opens, survey_at(connection, above[-1]).definition.opens)
    except NothingAsked:
        return definition.opens


def joined(one: Opens, other: Opens) -> Opens:
    """Rules that open a case wherever one of the two does."""
    recommends = [each.nps_at_most for each in (one, other) if each.nps_at_most is not None]
    return Opens(
        below=max(one.below, other.below),
        bad_with_words=one.bad_with_words or other.bad_with_words,
        nps_at_most=max(recommends, default=None),
        contact=one.contact or other.contact,
        words={
            language: tuple(dict.fromkeys((*one.words.get(language, ()), *other.words.get(language, ()))))
            for language in {**one.words, **other.words}
        },
    )
