"""The registry: kiosks are made, get a secret, a place, a label, notes and photos; they move, are replaced and end.

changes     what people and their tools change in it, with who did it
enrolment   what that does to a kiosk: its place, its settings, its secret
acceptance  what a technician found when a kiosk was tested, and the presses of such tests
naming      what a kiosk is called where nobody gave it a name (pure)
notes, photos, labels  what people wrote, what its place looks like, what sticks on it
page        what a kiosk's page tells of its life
views       what people do with a kiosk from its page; words: how its life is said
"""
