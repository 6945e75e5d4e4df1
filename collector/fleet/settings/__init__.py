"""What kiosks should know: what a place or a kiosk chose, what holds, and how it reaches them.

choices       what may be chosen, and which choice holds (pure); chosen: what was, read
given         what a kiosk should know, in versions
groups        a place chooses for its kiosks: whom it reaches, and the choice itself
giving        kiosks get what is due to them, some at a time
hours         a store's hours as a kiosk reads them (pure)
improvements  what places changed because customers said so, onto the kiosks' screens
views         the pages; forms, words: what is typed, and what is said
"""
