"""One file that holds all of an installation that lasts, and a new installation made of it.

What lasts is the database and, of the data folder, what `save.SAVED` names. The broker's state does not: kiosks keep
what is not confirmed, and the broker's users are made of the registry. The flash of virtual kiosks does not either: a
kiosk is not the collector's.
"""
