"""The fault suite: `python -m tests.chaos` kills everything at random while a fleet is pressed, and counts.

plan        what happens when, drawn from a seed
run         the run: starts everything, lets the plan happen, waits until all is well again, compares
fleet       the kiosks seen from outside: hosts of many, and a few in the real MicroPython VM
host        the process that hosts kiosks: the real firmware on simulated boards
kept_disk   files of which a power cut leaves only what was synced
house       the installation: database, broker, two collectors, with bad lines between them
database    the embedded PostgreSQL
small_disk  a disk of the database's own that can be full
part        one process that is started again whenever it ends
clock       a program whose computer's clock jumps
ledger      who pressed what and saw the light, and whether the table says the same
"""
