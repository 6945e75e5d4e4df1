"""The messages' fault suite: the job worker is killed at random moments while mail servers and gateways are unwell.

    python -m tests.message_crashes --kills 500 --seed 1

ledger     what was to be told beside what arrived and what the queue says (pure)
nursery    a process in which everything is loaded: each life of the worker is forked from it, and killed
trial      one run: database, worker, a mail server, a gateway, and whoever has something to tell
"""
