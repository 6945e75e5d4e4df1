"""What happens to a case: each a conditional update, see `conditional`.

opening      by an answer, by hand, for an alert
by_people    what people do; closing, joining, attachments, external are parts of it
by_customer  what its own customer does
by_clock     climbing and reminding, once a round of the jobs' loop
events       what happened, written down and told: to other systems, and by `telling` to people

All changes return whether they were done: False, somebody was first, or it is not theirs. And all raise `KeyUsed` for a
key that made another change, `NotAllowed` with a sentence where a rule of the place is against it.
"""

from collector.cases.changes.attachments import attach, customer_attaches
from collector.cases.changes.by_customer import customer_adds, customer_confirms, customer_recovers, customer_reopens
from collector.cases.changes.by_people import (
    LONGEST_EXTERNAL,
    assign,
    climb_now,
    comment,
    hand_over,
    move,
    reply,
    resume,
    take,
    wait,
)
from collector.cases.changes.closing import accept, reject, reopen, resolve
from collector.cases.changes.conditional import LONGEST_COMMENT, Doer, KeyUsed, NotAllowed
from collector.cases.changes.joining import link, merge
from collector.cases.tables import MERGED, OPEN, RESOLVED, REVIEW, TAKEN, UNRESOLVED, WAITING

__all__ = [
    "LONGEST_COMMENT",
    "LONGEST_EXTERNAL",
    "MERGED",
    "OPEN",
    "RESOLVED",
    "REVIEW",
    "TAKEN",
    "UNRESOLVED",
    "WAITING",
    "Doer",
    "KeyUsed",
    "NotAllowed",
    "accept",
    "assign",
    "attach",
    "climb_now",
    "comment",
    "customer_adds",
    "customer_attaches",
    "customer_confirms",
    "customer_recovers",
    "customer_reopens",
    "hand_over",
    "link",
    "merge",
    "move",
    "reject",
    "reopen",
    "reply",
    "resolve",
    "resume",
    "take",
    "wait",
]
