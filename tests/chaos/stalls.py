"""How long a press was on its way into the table."""

from tests.chaos.house import House

_LONGEST = """
SELECT coalesce(max(extract(epoch FROM pg_xact_commit_timestamp(xmin) - happened_at)), 0) FROM rating
WHERE happened_at BETWEEN to_timestamp(%(begin)s) AND to_timestamp(%(end)s)
"""


def longest(house: House, begin: float, end: float) -> float:
    """Seconds from press to the commit of its row, the longest of all.

    Parameters
    ----------
    begin, end: when these presses were, s since 1970.
    """
    [[seconds]] = house.database.rows(_LONGEST % {"begin": begin, "end": end})
    return float(seconds)
