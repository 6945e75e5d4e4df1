"""SQL that the statements of what was heard have in common: those that add it up by days, and those that read it."""

from collections.abc import Iterable

#: In the place of a touchpoint: all of them together, of a day; and of the whole month that begins with it. (0: the
#: store alone is known.)
ALL, MONTH = -1, -2
#: The largest scale: 0 … 10.
MOST_BUTTONS = 11
#: The largest scale of smileys: larger ones have no hours of the week.
MOST_SMILEYS = 5
#: The places of an array of hours: 24 hours, in each the buttons of its scale.
SLOTS = range(1, 24 * MOST_SMILEYS + 1)


def added_up(arrays: str, places: Iterable[int]) -> str:
    """SQL: arrays added up, as one that is as long as the longest of them may be."""
    return "ARRAY[{}]::integer[]".format(", ".join(f"sum({arrays}[{place}])" for place in places))


#: How often each button counted, as an array that is as long as the largest scale.
PRESSES = "ARRAY[{}]::integer[]".format(
    ", ".join(f"coalesce(sum(counted) FILTER (WHERE button = {button}), 0)" for button in range(1, MOST_BUTTONS + 1))
)
#: The same of what is added up already.
ADDED_UP = added_up("counted", range(1, MOST_BUTTONS + 1))
#: That an hour lies in a `day` of `time_zone`. The first two say no more than the third, but an index helps with them:
#: where clocks change at midnight, that happens twice, or never.
HOURS_OF_DAY = """
hour >= day::timestamp AT TIME ZONE time_zone - interval '2 hours'
AND hour < (day + 1)::timestamp AT TIME ZONE time_zone + interval '2 hours'
AND (hour AT TIME ZONE time_zone)::date = day
"""
#: That something was heard while the store was open: `open_hours` are a day's, as `days.open_hours` has them.
IS_OPEN = """
(open_hours IS NULL OR timed AND (open_hours >> extract(hour FROM hour AT TIME ZONE time_zone)::integer) & 1 = 1)
"""
#: That a rating is a customer's, beside its `question`.
OF_CUSTOMERS = """
question.kind <> 'enps' AND touchpoint_id NOT IN (SELECT id FROM touchpoint WHERE audience = 'staff')
"""
#: That its hours are kept, beside that: it is of smileys.
HAS_HOURS = f"question.kind = 'smileys' AND buttons <= {MOST_SMILEYS}"

#: Of a store: the days that the jobs have added up, but for those that have changed since; these, and all from the last
#: one on, come from the hours, one short look into the index for each. Of other places: what is added up.
LIVE = """
WITH here AS MATERIALIZED (
    SELECT time_zone, kind = 'store' AS is_store, coalesce((SELECT max(day) FROM place_day WHERE place_id = :place),
        '-infinity') AS added_up
    FROM place WHERE id = :place),
live AS MATERIALIZED (
    SELECT day, (CAST(:hours AS integer[]))[extract(isodow FROM day)::integer] AS open_hours
    FROM (
        SELECT day FROM place_day_stale WHERE store_id = :place AND day BETWEEN :first AND :last
        UNION
        SELECT generate_series(greatest(added_up, CAST(:first AS date)), :last, interval '1 day')::date
        FROM here WHERE is_store) AS days)
"""
#: The touchpoints of a name at all stores below a place that is none: what was heard there is kept store by store.
TOUCHPOINTS_OF_NAME = """
(SELECT touchpoint.id AS its_touchpoint, store_id
 FROM here JOIN place AS store ON NOT is_store AND store.kind = 'store' AND store.path @> ARRAY[CAST(:place AS integer)]
 JOIN touchpoint ON store_id = store.id AND lower(touchpoint.name) = lower(:name)
 WHERE CAST(:name AS text) IS NOT NULL OFFSET 0) AS touchpoints
"""
#: What is wanted of a store's touchpoints and of channels.
WANTED = """
(CAST(:touchpoint AS integer) IS NULL OR NOT is_store OR touchpoint_id = :touchpoint)
AND (CAST(:name AS text) IS NULL OR NOT is_store OR touchpoint_id IN (
    SELECT id FROM touchpoint WHERE lower(name) = lower(:name)))
AND (CAST(:channels AS integer[]) IS NULL OR channel = ANY(:channels))
"""
#: What was counted and marked in a row by days; only while the stores were open, where that is asked.
COUNTED = "CASE WHEN :open THEN coalesce(opened, counted) ELSE counted END AS counted"
MARKED = "CASE WHEN :open THEN coalesce(opened_marked, marked) ELSE marked END AS marked"
