"""One thing done to many cases at once. Each case is a transaction of its own, so that one that cannot be changed holds
up no other; what was done is told case by case.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from sqlalchemy import Connection, Engine

from collector.cases import queries
from collector.cases.changes import Doer, NotAllowed
from collector.cases.pages.words import state_word

#: What is done to one of them, as in `actions`.
Change = Callable[[Connection, int, Doer], bool]
#: Most cases that are changed in one go: as many as a page of the list shows.
MOST = 50


@dataclass(frozen=True)
class Outcome:
    """What became of one case."""

    case_id: int
    #: Why nothing was done, a sentence; None: it was done.
    against: str | None = None


def each_of(engine: Engine, case_ids: Sequence[int], by: Doer, change: Change) -> list[Outcome]:
    """Change cases one after the other."""
    return [_one(engine, case_id, by, change) for case_id in dict.fromkeys(case_ids)]


def _one(engine: Engine, case_id: int, by: Doer, change: Change) -> Outcome:
    by = replace(by, key=f"{by.key}/{case_id}" if by.key else None)
    try:
        with engine.begin() as connection:
            case = queries.visible_case(connection, by.place_id, case_id)
            if case is None:
                return Outcome(case_id, _("There is no such case, or you do not see it."))
            if change(connection, case_id, by):
                return Outcome(case_id)
            return Outcome(case_id, _("It is %(state)s: somebody was first.", state=state_word(case.state)))
    except NotAllowed as problem:
        return Outcome(case_id, str(problem))
