"""Live events: a process of its own that tells open pages when to look again.

address    where the events are, and from which pages they may be heard
admission  who may hear of which stores
viewers    the open pages, each with a flag that says "look again"
listener   the one database connection that hears what changed
server     the HTTP side
"""
