"""The database loses its primary under load: its standby is promoted as docs/operations.md says, and all is there.

    python -m tests.standby                # again and again, and how long it took: make test-standby

document    the commands that people are told to type
servers     two PostgreSQL servers, started and changed by these commands alone
line        what is between the two
house       an installation that lives on them, and another system that lives by what it is told
gap         what a promotion costs
"""
