"""Setting places up: regions, stores, their opening hours and touchpoints, by form or by table; and ending them.

changes   what people change
forms     what they type
table     many stores at once, from a table (CSV)
views     the pages
"""
