"""Setting places up: regions, stores, their opening hours and touchpoints, by form or by table; and ending them.

changes   what people change
forms     what they type
table     many stores at once, from a table (CSV)
asked     the place that a request is about
views     the tree, and a place's own page; touchpoint_views, table_views: the rest
"""
