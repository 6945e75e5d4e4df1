"""Ratings: the table of facts that everything else is drawn from, and its roll-up.

They come from kiosks (`ingest`) and from surveys; once recorded, a rating never changes.
"""
