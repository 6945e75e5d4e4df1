"""The spool's fault suite: programs killed, printers without power or paper, answers lost, all at random.

    python -m tests.spool_crashes --jobs 2000 --seed 1

ledger     what was asked for beside what is on paper and what the queue says (pure)
printers   virtual printers, and what happens to them
trial      one run: database, spool, printers, and whoever wants slips
"""
