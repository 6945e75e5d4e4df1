"""Words that come often in comments that speak of nothing: what one might listen for as well."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from collector.places.queries import below
from collector.places.tables import place, touchpoint
from collector.surveys.tables import answer
from collector.voices.conditions import IS_CUSTOMERS
from collector.voices.themes.folding import fold

#: As many of the newest comments, in as many days.
COMMENTS, SINCE = 500, timedelta(days=91)
#: In at least so many of them; shorter words are mostly "and" and "not".
LEAST, SHORTEST = 3, 4
MOST = 15


def often(connection: Connection, place_id: int, now: datetime) -> list[tuple[str, int]]:
    """The words, as they are compared, and in how many comments each is."""
    query = (
        select(answer.c.comment)
        .join(place, place.c.id == answer.c.store_id)
        .outerjoin(touchpoint, touchpoint.c.id == answer.c.touchpoint_id)
        .where(below(place_id), IS_CUSTOMERS, answer.c.comment.is_not(None), answer.c.mark == 0)
        .where(answer.c.submitted_at > now - SINCE, func.cardinality(answer.c.themes) == 0, answer.c.themed_by != 0)
        .order_by(answer.c.submitted_at.desc())
        .limit(COMMENTS)
    )
    counts = Counter(
        word for comment in connection.scalars(query) for word in set(fold(comment)) if len(word) >= SHORTEST
    )
    return [(word, times) for word, times in counts.most_common(MOST) if times >= LEAST]
