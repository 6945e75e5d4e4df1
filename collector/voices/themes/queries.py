"""Which themes there are at a place: those that hold there, and those that places below have of their own."""

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import distinct_on

from collector.places.queries import below
from collector.places.tables import place
from collector.policies.queries import policy_at
from collector.policies.tables import policy
from collector.voices.themes.policy import Theme, ThemePolicy


def themes_at(connection: Connection, place_id: int) -> dict[str, Theme]:
    """By key, in the order of the place's own list; a place's own words for a theme go before those of one below."""
    lists = [policy_at(connection, place_id, "themes", ThemePolicy)]
    newest = (
        select(policy.c.definition)
        .ext(distinct_on(policy.c.place_id))
        .join(place, place.c.id == policy.c.place_id)
        .where(policy.c.kind == "themes", below(place_id))
        .order_by(policy.c.place_id, policy.c.version.desc())
    )
    lists += [msgspec.convert(each, ThemePolicy) for each in connection.scalars(newest) if each is not None]
    found: dict[str, Theme] = {}
    for listed in lists:
        for theme in listed.themes:
            found.setdefault(theme.key, theme)
    return found
