"""The fleet: which kiosks there are, where each stands, what it should do and how it is.

tables       the registry
life         where a kiosk is in its life, from made to retired (pure)
registry     what people and their tools change in it, with who did it: make, give a secret, move, replace, retire
enrolment    a kiosk becomes known, gets its place, its settings and its secret; it moves, is replaced, and ends
naming       what a kiosk is called where nobody gave it a name (pure)
acceptance   what a technician found when a kiosk was tested, and the presses of such tests
notes        what people wrote down about a kiosk
photos       photos of the places where kiosks stand
labels       a kiosk's label, as a slip and as PDF
page         what a kiosk's page tells of its life
views        what people do with a kiosk from its page
credentials  what kiosks sign in with
settings     what a kiosk should know, in versions
hours        a store's hours as a kiosk reads them (pure)
commands     what a kiosk is told to do, and what became of it
releases     firmware that the organisation has signed, and which kiosk is offered which
condition    how a kiosk is, by what it said last and how long ago (pure)
health       how a kiosk was over time, and when its battery will end (pure)
history      what is known of a kiosk over time, read; charts, health_words: how that is drawn and said
visits       what a technician should visit, and what to bring (pure); facts: what that is made of
alarms       what is odd about a kiosk, for a person to look at
improvements what places changed because customers said so, onto the kiosks' screens
queries      the kiosks as people see them; asked: the one that an address names
"""
