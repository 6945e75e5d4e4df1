"""Roles: what somebody may do at their place and below (pure).

Where they may do it, the place says; nobody sees anything beside it or above it.
"""

from typing import Literal, TypeAlias, get_args

Role: TypeAlias = Literal["store", "region", "head-office", "technician", "email-only", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)

#: look    figures, ratings, kiosks and printers as they are
#: voices  what customers wrote: answers, comments, cases
#: act     work on cases, take calls, print slips, judge answers, look after alerts
#: shape   surveys, ladder, policies, improvements, posters, segments, reports
#: fleet   kiosks, releases, printers: set up, change, retire
#: personal  give out and erase what is known of a person
#: people  accounts and tokens
#: admin   the organisation itself: places, set-up, sign-on
Right: TypeAlias = Literal["look", "voices", "act", "shape", "fleet", "personal", "people", "admin"]
RIGHTS: tuple[Right, ...] = get_args(Right)

_RIGHTS: dict[Role, frozenset[Right]] = {
    "store": frozenset({"look", "voices", "act"}),
    "region": frozenset({"look", "voices", "act", "shape", "people"}),
    "head-office": frozenset({"look", "voices", "act", "shape", "personal", "people"}),
    "technician": frozenset({"look", "fleet"}),
    "email-only": frozenset(),
    "admin": frozenset(RIGHTS),
}


def rights_of(role: Role) -> frozenset[Right]:
    return _RIGHTS[role]
