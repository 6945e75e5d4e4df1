"""Slips: a customer's receipt code on its way to a printer, and what became of it.

tables   printers, and how a place's slips look
review   review slips: a new receipt code, and its slip
spool    print jobs: into the queue, and out of it onto paper
queries  printers and print jobs as people see them
svg      a QR code as a picture for pages and programs (pure)
words    how printers and print jobs are spoken of
views    the printers' part of the store page, and the page of print jobs
"""
