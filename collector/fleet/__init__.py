"""The fleet: which kiosks there are, where each stands, what it should do and how it is.

registry/    kiosks are made, move, are replaced and end; their notes, photos, labels
settings/    what kiosks should know, chosen for one or for all of a place
health/      how a kiosk was over time
visits/      what a technician should visit
rollout/     a release on its way to the kiosks of a place
tables       the tables of all of it
queries      the kiosks as people see them; asked: the one that an address or a form names, or 404
condition    how a kiosk is, by what it said last and how long ago (pure)
life         where a kiosk is in its life, from made to retired (pure)
alarms       what is odd about a kiosk, for a person to look at
identity     the file by which a kiosk knows who it is
credentials  what kiosks sign in with; secrets: new ones for a whole place
authority    whom kiosks trust
commands     what a kiosk is told to do, and what became of it
due          what is to be given to kiosks by and by
releases     firmware that the organisation has signed, and which kiosk is offered which
"""
