"""The console's pages of cases: the list, one case and its files. What people do there is in `actions`."""

import io
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.cases import queries
from collector.cases.changes import UNRESOLVED
from collector.cases.changes.attachments import attachment_of
from collector.cases.pages import action_words, page, words
from collector.cases.tables import KINDS, STATES
from collector.current import LAST_PAGE, database
from collector.ratings.kinds import Channel, word

pages = Blueprint("cases", __name__, template_folder="templates")
guard(pages, see="voices")

PAGE = 50
#: What the list can be narrowed down to by a state; without one, all that wait.
ASKED_STATES = tuple(state for state in STATES if state != "merged")
CHANNELS = {word(channel): channel for channel in Channel}

for spoken in (*words.FILTERS, *action_words.FILTERS):
    pages.add_app_template_filter(spoken)


@dataclass(frozen=True)
class Narrowed:
    """What somebody wants to see of the list, as the address says it."""

    state: str | None = None
    step: int | None = None
    kind: str | None = None
    channel: str | None = None
    is_mine: bool = False
    is_overdue: bool = False

    @classmethod
    def asked(cls) -> "Narrowed":
        def known(name: str, values: Any) -> str | None:
            found = request.args.get(name, "")
            return found if found in values else None

        step = request.args.get("step", "")
        return cls(
            state=known("state", ASKED_STATES) or ("resolved" if "resolved" in request.args else None),
            step=int(step) if step.isascii() and step.isdigit() and len(step) < 3 else None,
            kind=known("kind", KINDS),
            channel=known("channel", CHANNELS),
            is_mine="mine" in request.args,
            is_overdue="overdue" in request.args,
        )

    def link(self) -> dict[str, Any]:
        """As arguments of an address."""
        return {
            "state": self.state,
            "step": self.step,
            "kind": self.kind,
            "channel": self.channel,
            "mine": 1 if self.is_mine else None,
            "overdue": 1 if self.is_overdue else None,
        }


@pages.get("/cases")
def cases() -> ResponseReturnValue:
    if (number := request.args.get("number", "").strip().removeprefix("#")) and number.isascii() and number.isdigit():
        with database().connect() as connection:
            if len(number) < 10 and queries.visible_case(connection, viewer().place_id, int(number)):
                return redirect(url_for("cases.case", case_id=int(number)))
    at = min(max(1, request.args.get("page", 1, int)), LAST_PAGE)
    asked = Narrowed.asked()
    with database().connect() as connection:
        found = queries.visible_cases(
            connection,
            viewer().place_id,
            states=(asked.state,) if asked.state else None,
            step=asked.step,
            kind=asked.kind,
            channel=CHANNELS[asked.channel] if asked.channel else None,
            account_id=viewer().account_id if asked.is_mine else None,
            is_overdue=asked.is_overdue,
            limit=PAGE + 1,
            offset=(at - 1) * PAGE,
        )
        counts = queries.count_by_state(connection, viewer().place_id)
        waits = queries.count_waiting(connection, viewer().place_id)
        steps = queries.count_by_step(connection, viewer().place_id)
    return render_template(
        "cases/cases.html",
        cases=found[:PAGE],
        asked=asked,
        everything=Narrowed(),
        counts=counts,
        waits=waits,
        steps=steps,
        unresolved=UNRESOLVED,
        states=ASKED_STATES,
        kinds=KINDS,
        channels=CHANNELS,
        unknown=number,
        page=at,
        has_more=len(found) > PAGE,
    )


@pages.get("/cases/<int:case_id>")
def case(case_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        return page.render(connection, page.visible(connection, case_id))


@pages.get("/cases/<int:case_id>/files/<int:attachment_id>")
def file(case_id: int, attachment_id: int) -> ResponseReturnValue:
    """A file of a case. Pictures are shown; a browser is never to make anything else of it than its type says."""
    with database().connect() as connection:
        found = attachment_of(connection, case_id, attachment_id, viewer().place_id)
    if found is None:
        abort(404)
    is_paper = not found.type.startswith("image/")
    return send_file(io.BytesIO(found.content), found.type, as_attachment=is_paper, download_name=found.name)
