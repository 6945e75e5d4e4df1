"""One file that holds all of an installation that lasts, and a new installation made of it.

What lasts is the database and, of the data folder, what `save.SAVED` names. The broker's state does not: kiosks keep
what is not confirmed, and the broker's users are made of the registry. The flash of virtual kiosks does not either: a
kiosk is not the collector's.

server      a connection to the database, or why there is none
catalogue   what that database consists of
file        the backup file, written and read
save        `smilepost backup`
restore     `smilepost restore`
unfinished  the mark of a restore that has not ended, at which nothing starts
renumber    what a restored collector must not do again
"""
