"""Slips: a customer's receipt code on its way to a printer, and what became of it.

tables       printers, and how a place's slips look
review       review slips: a new receipt code, and its slip
style        how a place's slips look: language and logo
spool        print jobs: into the queue, and out of it onto paper
watch        looks at printers that have nothing to print
fetch        printers that come and fetch their slips
relay        printers behind a kiosk
signers      signers apart from the collector, and their files
self_test    the self-test page from the command line
addresses    how a printer is connected (pure)
state        how printers were when last heard of, written down and told
judge        how a printer is now, by what was last heard of it (pure)
printers     setting printers up
queries      printers and print jobs as people see them
examination  what `smilepost doctor` says of the printers
svg          a QR code as a picture for pages and programs (pure)
words        how printers and print jobs are spoken of
forms        the form in which somebody sets a printer up
views        the printers' part of the store page, and the page of print jobs
setup_views  the pages of printers
style_views  the page of how slips look
"""
