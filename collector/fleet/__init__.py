"""The fleet: which kiosks there are, where each stands, what it should do and how it is.

tables       the registry
enrolment    a kiosk becomes known, gets its place, its settings and its secret
credentials  what kiosks sign in with
settings     what a kiosk should know, in versions
hours        a store's hours as a kiosk reads them (pure)
commands     what a kiosk is told to do, and what became of it
releases     firmware that the organisation has signed, and which kiosk is offered which
condition    how a kiosk is, by what it said last and how long ago (pure)
alarms       what is odd about a kiosk, for a person to look at
improvements what places changed because customers said so, onto the kiosks' screens
queries      the kiosks as people see them
"""
