"""How a place wants things done: the ladder and its clocks, whom one may write to, when an alert is raised.

Each kind of policy is a document whose shape its capability knows. A place without one has that of the nearest place
above, else the defaults. A version never changes; a new one takes its place.

queries  what holds at a place, and having something else hold there
page     what every page does on which a policy is read and chosen; its template: policies/parts.html
form     what somebody typed, and the form of a policy of rules; its template: policies/rules.html (pure)
undo     what held before
views    having that hold again
"""
