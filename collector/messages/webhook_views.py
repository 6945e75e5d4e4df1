"""Webhooks: which there are, what became of each event, and dead letters that a person sends again."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Connection, Row

from collector.accounts.viewer import viewer
from collector.current import database
from collector.notify import webhooks
from collector.notify.deliveries import count_dead, newest_deliveries
from collector.undo import said_with_undo

#: Of a webhook, so many deliveries are shown, the newest.
SHOWN = 100
#: No installation has more; a longer list is for the API.
MOST = 200


def add_to(pages: Blueprint) -> None:
    """Put these pages beside those of the messages."""
    pages.add_url_rule("/messages/webhooks", "webhooks", show_webhooks)
    pages.add_url_rule("/messages/webhooks/<int:webhook_id>", "webhook", show_webhook)
    pages.add_url_rule("/messages/webhooks/<int:webhook_id>/replay", "replay", replay, methods=["POST"])
    pages.add_url_rule("/messages/webhooks/<int:webhook_id>/end", "end_webhook", end, methods=["POST"])
    pages.add_url_rule("/messages/webhooks/<int:webhook_id>/back", "bring_webhook_back", back, methods=["POST"])


def show_webhooks() -> ResponseReturnValue:
    with database().connect() as connection:
        found = webhooks.visible_webhooks(connection, viewer().place_id, after=0, limit=MOST)
        dead = count_dead(connection, [each.id for each in found])
    return render_template("messages/webhooks.html", found=found, dead=dead)


def show_webhook(webhook_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        webhook = _visible(connection, webhook_id)
        found = newest_deliveries(connection, webhook_id, limit=SHOWN)
        dead = count_dead(connection, [webhook_id]).get(webhook_id, 0)
    return render_template("messages/webhook.html", webhook=webhook, found=found, dead=dead)


def replay(webhook_id: int) -> ResponseReturnValue:
    """All dead letters, or the one event that the form names."""
    with database().begin() as connection:
        _visible(connection, webhook_id)
        count = webhooks.replay(connection, webhook_id, request.form.get("event") or None, by=viewer().name)
    flash(
        ngettext("%(num)s event goes again.", "%(num)s events go again.", count)
        if count
        else _("This was settled already. This is how it stands now.")
    )
    return redirect(url_for("messages.webhook", webhook_id=webhook_id))


def end(webhook_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        _visible(connection, webhook_id)
        webhooks.switch_off(connection, webhook_id, webhooks.SWITCHED_OFF, by=viewer().name)
    said_with_undo(_("It is told nothing more."), "messages.bring_webhook_back", webhook_id=webhook_id)
    return redirect(url_for("messages.webhook", webhook_id=webhook_id))


def back(webhook_id: int) -> ResponseReturnValue:
    with database().begin() as connection:
        _visible(connection, webhook_id)
        webhooks.switch_on(connection, webhook_id, viewer().name)
    flash(_("It is told again what happens from now on."))
    return redirect(url_for("messages.webhook", webhook_id=webhook_id))


def _visible(connection: Connection, webhook_id: int) -> Row[Any]:
    webhook = webhooks.visible_webhook(connection, viewer().place_id, webhook_id)
    if webhook is None:
        abort(404)
    return webhook
