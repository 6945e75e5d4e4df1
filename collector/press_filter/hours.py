"""What a run over history hangs on besides the policies: when its stores are open, in which zone. Only what that is now
is known, so what somebody has changed meanwhile is told by its digest."""

from psycopg import Connection
from psycopg.rows import TupleRow

_DIGEST = """(
SELECT md5(coalesce(string_agg(concat_ws(' ', id, time_zone, opening_hours), '/' ORDER BY id), ''))
FROM place WHERE kind = 'store' AND path @> ARRAY[{place}])"""
#: In a query of filter_run.
DIGEST_OF_RUN = _DIGEST.format(place="filter_run.place_id")


def digest_of(connection: Connection[TupleRow], place_id: int) -> str:
    """Of the stores at a place and below."""
    [(digest,)] = connection.execute(f"SELECT {_DIGEST.format(place='%s::int')}", [place_id]).fetchall()
    return str(digest)
