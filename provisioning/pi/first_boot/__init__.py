"""The first start of a Raspberry Pi that is to be a kiosk. Python's own library is all it needs.

machine   files that last, other programs, and the log on the boot partition
disk      the journal's part of the card
steps     what is done, one after the other
"""
