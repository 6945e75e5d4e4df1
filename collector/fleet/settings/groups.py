"""Settings of all kiosks of a place: what was chosen where, whom a change would reach, and the change itself.

Nothing is given here: who is reached is written down as due (fleet.due), so that a region of a thousand kiosks holds
up nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from flask_babel import gettext as _
from sqlalchemy import Connection, func, select

from collector import locks
from collector.fleet import due
from collector.fleet.settings.choices import (
    NUMBERS,
    Change,
    Choices,
    Level,
    altered,
    changes,
    merged,
    replaced,
    sources,
    touched,
)
from collector.fleet.settings.chosen import Below, kiosks_below, own_choices
from collector.fleet.settings.given import CannotSet, check
from collector.places.tables import place
from collector.policies.queries import give_policy, own_policy
from collector.settings import Settings

#: Combinations of choices that are tried whether a kiosk can hold them.
_TRIED = 12


@dataclass(frozen=True)
class Reached:
    """Whom a change would reach."""

    #: Version of the place's choices that it was worked out from; 0: there were none.
    version: int
    #: Kiosks that get other settings, and which.
    affected: list[tuple[Below, dict[str, Change]]]
    #: Kiosks for which a choice nearer to them holds, and whose.
    kept: list[tuple[Below, list[Level]]]
    #: Kiosks for which it comes to the same.
    same: list[Below]


def with_numbers(held: Mapping[str, Any]) -> dict[str, Any]:
    """What holds, with the numbers that hold by default."""
    return {**NUMBERS, **held}


def reach(connection: Connection, place_id: int, changed: Mapping[str, Any]) -> Reached:
    """Whom it would reach if a place chose otherwise.

    Parameters
    ----------
    changed: by the names of Choices, as `choose` takes it.
    """
    own = own_policy(connection, place_id, "kiosks")
    before = own_choices(connection, place_id)
    after = altered(before, changed)
    names = touched(before, after)
    found = Reached(own.version if own else 0, [], [], [])
    for each in kiosks_below(connection, place_id):
        other = changes(each.levels, replaced(each.levels, place_id, "", after))
        at = [level.place_id for level in each.levels].index(place_id)
        whose = sources(each.levels[at + 1 :])
        nearer = list({whose[name].place_id: whose[name] for name in names if name in whose}.values())
        if other:
            found.affected.append((each, other))
        elif nearer:
            found.kept.append((each, nearer))
        else:
            found.same.append(each)
    return found


def try_out(connection: Connection, installation: Settings, place_id: int, changed: Mapping[str, Any]) -> Reached:
    """The same, and whether the kiosks can hold it; nothing is changed.

    Raises
    ------
    CannotSet: some kiosk cannot.
    """
    found = reach(connection, place_id, changed)
    after = altered(own_choices(connection, place_id), changed)
    tried = set[bytes]()
    for each, _change in found.affected:
        wanted = merged(replaced(each.levels, place_id, "", after))
        key = msgspec.json.encode(wanted, order="deterministic")
        if key in tried or len(tried) == _TRIED:
            continue
        tried.add(key)
        try:
            check(connection, installation, each.kiosk_id, wanted)
        except CannotSet as problem:
            where = {"kiosk": each.kiosk_id, "store": each.store}
            raise CannotSet(_("%(kiosk)s in %(store)s: %(why)s", why=problem, **where)) from problem
    return found


def choose(
    connection: Connection, installation: Settings, place_id: int, changed: Mapping[str, Any], author: str
) -> Reached:
    """Have a place choose something for its kiosks. Those that it reaches get their settings by and by.

    Parameters
    ----------
    changed: by the names of Choices; None: what holds above. The values fit.

    Raises
    ------
    CannotSet: some kiosk could not hold it; nothing was changed.
    """
    # The place before the lock, as where kiosks are made. Whoever gives settings meanwhile waits: a kiosk that is moved
    # here in this moment is not forgotten.
    connection.execute(select(place.c.id).where(place.c.id == place_id).with_for_update(key_share=True))
    connection.execute(select(func.pg_advisory_xact_lock(locks.CHOICES)))
    found = try_out(connection, installation, place_id, changed)
    after = altered(own_choices(connection, place_id), changed)
    wanted = msgspec.convert(after, Choices) if after else None
    give_policy(connection, place_id, "kiosks", wanted, author)
    due.put(connection, due.SETTINGS, [each.kiosk_id for each, _ in found.affected], author)
    return found
