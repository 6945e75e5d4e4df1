"""Which days of stores have changed in the past: whoever changes the roll-up notes them in the same transaction, for
those who add up by days (`insights.days`).

What is noted already is touched all the same: whoever is just adding up that day does so before this transaction, and
then again after it. Notes are made in order, so that no two wait for each other in a circle.
"""

#: SQL that notes what a query gives as (store_id, day).
NOTE = """
INSERT INTO place_day_stale (store_id, day) SELECT DISTINCT store_id, day FROM ({changed}) AS changed ORDER BY 1, 2
ON CONFLICT (store_id, day) DO UPDATE SET day = excluded.day
"""
