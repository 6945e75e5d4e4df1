"""How a place wants things done: the ladder and its clocks, whom one may write to, when an alert is raised.

Each kind of policy is a document whose shape its capability knows. A place without one has that of the nearest place
above, else the defaults. A version never changes; a new one takes its place.
"""
