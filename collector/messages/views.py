"""Messages to people: what is held, on its way or unsure, what failed, and what a person decides about it."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection, Row

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.contacts import queries
from collector.current import LAST_PAGE, database
from collector.messages import webhook_views, words

pages = Blueprint("messages", __name__, template_folder="templates")
guard(
    pages,
    see="voices",
    change="act",
    webhooks="admin",
    webhook="admin",
    replay="admin",
    end_webhook="admin",
    bring_webhook_back="admin",
)

PAGE = 50
#: Which states each list on the page shows.
LISTS: dict[str, tuple[str, ...]] = {
    "look": ("unknown", "failed"),
    "held": ("held",),
    "going": ("queued", "claimed", "sending"),
    "refused": ("refused",),
    "sent": ("done",),
    "all": (),
}

webhook_views.add_to(pages)
for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)


@pages.get("/messages")
def messages() -> ResponseReturnValue:
    page = min(max(1, request.args.get("page", 1, int)), LAST_PAGE)
    which = request.args.get("list", "look")
    if which not in LISTS:
        abort(404)
    with database().connect() as connection:
        found = queries.visible_messages(
            connection, viewer().place_id, states=LISTS[which], limit=PAGE + 1, offset=(page - 1) * PAGE
        )
        counted = queries.count_messages(connection, viewer().place_id)
    counts = {name: sum(counted.get(state, 0) for state in states or counted) for name, states in LISTS.items()}
    return render_template(
        "messages/messages.html",
        found=found[:PAGE],
        lists={
            "look": _("Need a look"),
            "held": _("Held"),
            "going": _("On their way"),
            "refused": _("Not sent"),
            "sent": _("Sent"),
            "all": _("All"),
        },
        counts=counts,
        which=which,
        page=page,
        has_more=len(found) > PAGE,
    )


@pages.post("/messages/<int:message_id>/arrived")
def it_arrived(message_id: int) -> ResponseReturnValue:
    """Somebody has looked: it is there."""
    with database().begin() as connection:
        _visible(connection, message_id)
        done = queries.say_arrived(connection, message_id, viewer().name)
    return _back(done)


@pages.post("/messages/<int:message_id>/again")
def again(message_id: int) -> ResponseReturnValue:
    """Somebody has looked: it is not there, and is still wanted. Of two who say so, one has it sent."""
    with database().begin() as connection:
        message = _visible(connection, message_id)
        done = queries.send_again(connection, message, viewer().name)
    return _back(done)


def _visible(connection: Connection, message_id: int) -> Row[Any]:
    message = queries.visible_message(connection, viewer().place_id, message_id)
    if message is None:
        abort(404)
    return message


def _back(done: bool) -> ResponseReturnValue:
    if not done:
        flash(_("This was settled already. This is how it stands now."))
    return redirect(url_for("messages.messages"))
