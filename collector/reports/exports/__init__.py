"""Lists as files: everything that a place has, as CSV, for whoever may see it.

cells    one line of a file: harmless, whatever opens it (pure)
listed   what a list is, and what they share
lists    which lists there are: cases, kiosks, places, people; with those of the files beside it
heard    ratings, days and answers
devices  touchpoints, kiosks' alarms, alerts, printers, roll-outs
choices  what people chose for their places; messages, tokens, webhooks
voices   voices, narrowed as on their page
outflow  a list on its way: row by row, with how far it has come
views    the pages

A file is not made and kept: it flows from the database straight to whoever asked for it. So it takes no room, is never
old, and a list of millions of rows takes as little memory as one of ten.
"""
