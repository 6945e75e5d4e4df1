"""Rules of cases: plain functions of plain data, no database and no Flask.

policy     how a place wants its cases handled: steps, clocks, limits
opens      which answers open a case
rungs      which steps a store's ladder has, and who stands on them
calendars  in which time a clock runs
clocks     how long a case has been, what is left, when it goes on: from its log
"""
