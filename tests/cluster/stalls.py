"""How long a kiosk had nothing stored though people pressed: what a dying node or collector costs."""

from tests.chaos.house import House

_LONGEST = """
SELECT coalesce(max(waited), 0) FROM (
    SELECT extract(epoch FROM max(received_at - happened_at)) AS waited FROM rating
    WHERE happened_at BETWEEN to_timestamp(%(begin)s) AND to_timestamp(%(end)s) GROUP BY cursor_id) AS each
"""


def longest(house: House, begin: float, end: float) -> float:
    """Seconds from press to table, the longest of all kiosks.

    Parameters
    ----------
    begin, end: when these presses were, s since 1970.
    """
    [[seconds]] = house.database.rows(_LONGEST % {"begin": begin, "end": end})
    return float(seconds)
