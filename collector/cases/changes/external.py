"""A case in another system: under which number it is there, and how it stands there."""

from collections.abc import Callable
from typing import Literal, TypeAlias

from sqlalchemy import Connection

from collector.cases.changes import hand_over, resume, take, wait
from collector.cases.changes.closing import reopen, resolve
from collector.cases.changes.conditional import Doer, is_done, visible_row
from collector.settings import Settings

State: TypeAlias = Literal["open", "taken", "waiting", "resolved"]


def follow(
    connection: Connection,
    settings: Settings,
    case_id: int,
    by: Doer,
    external: str,
    state: State | None,
    text: str = "",
) -> bool:
    """Write down a case's number in another system, and let it stand as it stands there; as all changes, see `changes`.

    Parameters
    ----------
    state: None: as it is. A case that stands so already stays as it is.
    text: what was said there; needed where it waits for the customer or is resolved, who reads it.
    """
    if is_done(connection, by.key, case_id, "external", None, external=external.strip(), state=state):
        return True  # a late repeat says how it stood then, not how it stands now
    if not hand_over(connection, settings, case_id, by, external, state=state):
        return False
    # Now it is locked: as it stands here, it stands until we are through.
    if (row := visible_row(connection, case_id, by.place_id)) is None:
        return False
    at = (connection, settings, case_id, Doer(by.name, by.place_id, by.now, by.account_id))
    steps: dict[tuple[str, str | None], Callable[[], bool]] = {
        ("open", "taken"): lambda: take(*at, text),
        ("open", "waiting"): lambda: wait(*at, text),
        ("open", "resolved"): lambda: resolve(*at, text),
        ("taken", "waiting"): lambda: wait(*at, text),
        ("taken", "resolved"): lambda: resolve(*at, text),
        ("waiting", "taken"): lambda: resume(*at, text),
        ("waiting", "resolved"): lambda: resolve(*at, text),
        ("resolved", "open"): lambda: reopen(*at, text),
        ("resolved", "taken"): lambda: reopen(*at, text) and take(*at),
    }
    # Elsewhere somebody here has it already, or looks at a proposal: that is no less than what is said there.
    step = steps.get((row.state, state))
    return step() if step else True
