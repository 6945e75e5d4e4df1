"""How messages and deliveries are spoken of on the console's pages."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Row

from collector.addresses import masked
from collector.contacts.tables import STAFF
from collector.sentences.words import translated
from collector.words import number, when


def message_word(message: Row[Any]) -> str:
    """What a message is."""
    words: dict[str, str] = {
        "receipt": _("We have your message"),
        "progress": _("What happens with your message"),
        "outcome": _("The answer"),
        "recovery": _("Did we put it right?"),
        "thanks": _("Thank you"),
        "invitation": _("How was it?"),
        "review": _("Thank you, tell others"),
    }
    of_staff: dict[str, str] = {
        "new": _("To the staff: a new case"),
        "reminder": _("To the staff: a case still waits"),
        "climbed": _("To the staff: a case has climbed"),
        "review": _("To the staff: a case waits for a sign-off"),
        "alert": _("To the staff: an alert"),
        "over": _("To the staff: an alert is over"),
        "test": _("To the staff: a test"),
        "report": _("To the staff: a report"),
    }
    if message.purpose == STAFF:
        return of_staff.get(message.content.get("what", ""), str(_("To the staff")))
    return words[message.purpose]


def message_channel(message: Row[Any]) -> str:
    """Where it goes, as far as everybody may see."""
    by = str(_("by mail")) if message.channel == "email" else str(_("by text message"))
    return f"{by} · {masked(message.address)}" if message.address else f"{by} · {_('address erased')}"


def message_state(message: Row[Any], zone: ZoneInfo) -> str:
    """How it stands, and why."""
    why = translated(message.refused or message.outcome)
    at = when(message.ended_at, zone) if message.ended_at else ""
    words: dict[str, str] = {
        "held": _("Held until %(time)s.", time=when(message.held_until, zone) if message.held_until else ""),
        "refused": _("Not sent: %(why)s", why=why),
        "queued": _("On its way."),
        "claimed": _("On its way."),
        "sending": _("On its way."),
        "done": _("Sent %(time)s.", time=at),
        "failed": _("Not sent: %(why)s", why=why),
        "unknown": _("Perhaps sent: %(why)s", why=why),
    }
    said = str(words[message.state])
    if message.state in {"queued", "claimed"} and why:
        return f"{said} {_('Last try: %(why)s', why=why)}"
    return f"{said} {why}" if message.state == "done" and why else said


def delivery_state(delivery: Row[Any], zone: ZoneInfo) -> str:
    """How an event's delivery to a webhook stands."""
    at = when(delivery.finished_at or delivery.due_at, zone)
    words: dict[str, str] = {
        "done": _("Delivered %(time)s.", time=at),
        "failed": _("Dead letter, %(time)s: %(why)s", time=at, why=translated(delivery.outcome)),
    }
    if delivery.state in words:
        return str(words[delivery.state])
    if delivery.attempts and delivery.outcome:
        return str(
            _(
                "Tried %(count)s times, again %(time)s: %(why)s",
                count=number(delivery.attempts),
                time=at,
                why=translated(delivery.outcome),
            )
        )
    return str(_("On its way."))


def dead_letters(count: int) -> str:
    return str(ngettext("%(num)s dead letter", "%(num)s dead letters", count))


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (
    message_word,
    message_channel,
    message_state,
    delivery_state,
    dead_letters,
)
