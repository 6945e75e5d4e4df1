"""Which kiosks of a place can take a release, and why the others cannot."""

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Connection, select

from collector.fleet.queries import Kiosk, visible_kiosks
from collector.fleet.rollout.stages import Candidate
from collector.fleet.tables import release, rollout, rollout_kiosk

#: While a roll-out is in one of these, its kiosks are in no other.
UNDER_WAY = ("running", "halted")


@dataclass(frozen=True)
class Affected:
    """What a roll-out of a release to a place would mean."""

    #: The boards that there is such a release for, with its version.
    versions: dict[str, str]
    takers: list[Kiosk]
    #: The others, by kiosk, each with a sentence that says why.
    others: dict[str, str]

    @property
    def boards(self) -> dict[str, int]:
        """How many can take it, by board."""
        return dict(sorted(Counter(each.board for each in self.takers if each.board).items()))

    @property
    def candidates(self) -> list[Candidate]:
        return [_candidate(each) for each in self.takers]


def affected(connection: Connection, place_id: int, number: int, now: datetime) -> Affected:
    """Who can take release `number` at a place and below, and who cannot and why."""
    built = select(release.c.board, release.c.version).where(release.c.number == number)
    versions = {row.board: row.version for row in connection.execute(built)}
    busy = _busy(connection)
    takers, others = [], {}
    for each in visible_kiosks(connection, place_id, now):
        if each.state == "retired":
            continue
        why = why_not(each, number, versions.keys(), busy)
        if why:
            others[each.id] = why
        else:
            takers.append(each)
    return Affected(versions, takers, others)


def why_not(kiosk: Kiosk, number: int, boards: Set[str], busy: Mapping[str, int]) -> str | None:
    """Why a kiosk cannot take a release, a sentence; None: it can.

    Parameters
    ----------
    boards: that there is such a release for.
    busy: kiosks that are in a roll-out which is under way, and in which.
    """
    runs, said = kiosk.release_reported, kiosk.health.get("update")
    went_back = isinstance(said, str) and said.startswith(f"Release {number} has gone back: ")
    reasons = (
        (kiosk.heard_at is None, _("It was never heard.")),
        (kiosk.board is None, _("It has not said yet which board it is.")),
        (
            kiosk.board not in boards,
            _("There is no release %(number)s for the board %(board)s.", number=number, board=kiosk.board),
        ),
        (runs is None, _("Its program is too old to be updated from afar.")),
        (runs is not None and runs >= number, _("It runs release %(number)s.", number=runs)),
        (went_back, _("It has gone back from this release, and takes it no more.")),
        (
            kiosk.id in busy,
            _("It is in roll-out %(rollout)s, which is under way.", rollout=busy.get(kiosk.id)),
        ),
    )
    return next((why for holds, why in reasons if holds), None)


def _candidate(kiosk: Kiosk) -> Candidate:
    online = kiosk.condition.state == "online"
    return Candidate(kiosk.id, kiosk.store_id, kiosk.board or "", online, "battery" in kiosk.health)


def _busy(connection: Connection) -> dict[str, int]:
    members = select(rollout_kiosk.c.kiosk_id, rollout.c.id).join(rollout, rollout.c.id == rollout_kiosk.c.rollout_id)
    rows = connection.execute(members.where(rollout.c.state.in_(UNDER_WAY)))
    return {row.kiosk_id: row.id for row in rows}
