"""Keys of the advisory locks, all in one place: so that no two are the same.

MIGRATION  bringing the tables up to date
PARTITION  making a month's partition
RELAY      giving positions to what is committed
ANSWERS    giving answers their positions in the order of their commits
PAST       changing what is past: marks, roll-ups, archives
EPOCH      opening cursors
QUESTIONS  making questions
CHOICES    choosing settings for all kiosks of a place, against giving settings to one
ROLLOUTS   beginning roll-outs
FILTER     marking presses by the press filter, as they come in or in history
DAYS       adding up what was heard by days
"""

MIGRATION, PARTITION, RELAY, ANSWERS, PAST, EPOCH, QUESTIONS, CHOICES, ROLLOUTS, FILTER, DAYS = range(0x5311, 0x531C)
