"""Slips in the console: each printer of a store, what it printed, and what a person decides about an unsure one.

queries  printers and print jobs as people see them
svg      a QR code as a picture for pages and programs (pure)
words    how printers and print jobs are spoken of
views    the printers' part of the store page, and the page of print jobs
"""
