"""The fleet: which kiosks there are, where each stands, what it should do and how it is.

enrolment     a kiosk becomes known, gets its place, its settings and its secret
settings      what a kiosk should know, in versions
condition     how a kiosk is, by what it said last and how long ago (pure)
completeness  whether all that the kiosks recorded has arrived
queries       the kiosks as people see them
"""
