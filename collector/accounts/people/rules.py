"""Who looks after whom (pure): nobody gives away more than they have, and nobody shuts the last door."""

from collections.abc import Mapping, Sequence

from collector.accounts.roles import ROLES, Role

#: Which roles each role gives and takes. Only an admin makes their like.
GIVES: Mapping[Role, Sequence[Role]] = {
    "store": (),
    "region": ("store", "technician", "email-only"),
    "head-office": ("store", "region", "technician", "email-only"),
    "technician": (),
    "email-only": (),
    "admin": ROLES,
}


def may_look_after(own: Role, other: Role) -> bool:
    """Whether somebody may change, end or let in anew a person of a role, whose place they see."""
    return other in GIVES[own]


def locks_out(place_path: Sequence[int], other_admins: Sequence[int]) -> bool:
    """Whether a place would have no admin any more if its own stopped being one.

    Parameters
    ----------
    place_path: from the top place down to that of the admin who stops.
    other_admins: places of all other admins who can sign in.
    """
    return set(place_path).isdisjoint(other_admins)
