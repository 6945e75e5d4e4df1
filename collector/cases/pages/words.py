"""How cases are spoken of in the console."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import Row

from collector.addresses import masked
from collector.cases.queries import Case
from collector.cases.rules.clocks import Clock
from collector.current import now
from collector.insights.faces import Face, face
from collector.sentences.words import translated
from collector.words import channel_word, duration, number, when


def state_word(state: str) -> str:
    words: Mapping[str, str] = {
        "open": _("open"),
        "taken": _("taken"),
        "waiting": _("waiting for its customer"),
        "review": _("waiting to be signed off"),
        "resolved": _("resolved"),
        "merged": _("part of another case"),
    }
    return words[state]


def kind_word(kind: str) -> str:
    words: Mapping[str, str] = {
        "complaint": _("complaint"),
        "question": _("question"),
        "praise": _("praise"),
        "alert": _("alert"),
    }
    return words[kind]


def level_word(kind: str) -> str:
    """What kind of place it is."""
    words: Mapping[str, str] = {
        "store": _("store"),
        "region": _("region"),
        "organisation": _("head office"),
    }
    return words[kind]


def turn(case: Case) -> str:
    """Where a case stands: answer due in 40 min; taken by Olha, due in 3 h; with the head office."""
    if case.state == "resolved":
        over = str(_("resolved %(time)s", time=when(case.resolved_at, case.zone))) if case.resolved_at else ""
        return f"{over}, {_('the customer has written')}" if case.has_written else over
    if case.state == "merged":
        return str(_("part of #%(id)s", id=case.merged_into))
    words = [str(_("the customer has written"))] if case.has_written else []
    if case.step:
        words.append(str(_("with %(place)s", place=case.place)))
    if case.state in {"waiting", "review"}:
        words.append(state_word(case.state))
    elif case.taken_by:
        words.append(str(_("taken by %(name)s", name=case.taken_by)))
    if case.due_at:
        time = left(case.due_at)
        words.append(str(_("due %(time)s", time=time) if words else _("answer due %(time)s", time=time)))
    return ", ".join(words)


def left(due_at: datetime) -> str:
    """How long until then: in 40 min; now."""
    ms = (due_at - now()).total_seconds() * 1000
    return str(_("in %(time)s", time=duration(ms)) if ms >= 1000 else _("now"))


def clock_words(clock: Clock, zone: ZoneInfo) -> str:
    """How a clock stands: 40 min left, until 14:00; done 11:52; 2 h late."""
    over = duration(-clock.left.total_seconds() * 1000)
    if clock.done_at:
        done = when(clock.done_at, zone)
        return str(
            _("%(done)s, %(time)s late", done=done, time=over) if clock.is_missed else _("in time, %(done)s", done=done)
        )
    if clock.is_missed:
        return str(_("%(time)s late", time=over))
    remains = duration(clock.left.total_seconds() * 1000)
    if clock.is_paused or clock.due_at is None:
        return str(_("stands still, %(time)s left", time=remains))
    return str(_("%(time)s left, until %(due)s", time=remains, due=when(clock.due_at, zone)))


def author_name(author: str) -> str:
    """Who did something: the customer has no name here."""
    return author or str(_("the customer"))


def event_words(event: Row[Any]) -> str:
    """What happened, after the name of whoever did it."""
    data: Mapping[str, Any] = event.data
    if event.kind == "climbed" and data.get("why") == "asked":
        return str(_("passed it on"))
    if event.kind == "reminded" and data.get("whom") == "customer":
        return str(_("asked the customer whether all is well now"))
    if event.kind == "merged" and "from" in data:
        return str(_("put #%(other)s together with it", other=data["from"]))
    if event.kind == "added" and "from" in data:
        return str(_("of #%(other)s, which is part of this one, added something", other=data["from"]))
    if event.kind == "added" and "answer" in data:
        return str(_("said more"))
    words: Mapping[str, str] = {
        "opened": _("opened the case"),
        "taken": _("took it"),
        "assigned": _("gave it to %(name)s", name=data.get("account", "")),
        "commented": _("remarked"),
        "replied": _("wrote to the customer"),
        "waiting": _("asked the customer"),
        "resumed": _("went on with it"),
        "climbed": _("passed it on, because it had waited its time"),
        "reminded": _("reminded those whose turn it is"),
        "proposed": _("resolved it, which somebody else has to sign off"),
        "accepted": _("signed it off"),
        "rejected": _("gave it back"),
        "resolved": _("resolved it"),
        "reopened": _("opened it again"),
        "moved": _("moved it to another store"),
        "merged": _("put it together with #%(other)s", other=data.get("into")),
        "linked": _("linked it with #%(other)s", other=data.get("other")),
        "attached": _("added a file"),
        "added": _("added"),
        "confirmed": _("confirmed that it is solved"),
        "recovered": _("said how it is now"),
        "external": _("handed it to another system as %(number)s", number=data.get("external", _("(erased)"))),
    }
    return words[event.kind]


def message_words(message: Row[Any], zone: ZoneInfo) -> str:
    """What became of a message to the customer."""
    if message.state == "held":
        return str(_("waits until %(time)s", time=when(message.held_until, zone)))
    if message.state == "refused":
        return str(_("not sent: %(why)s", why=translated(message.refused)))
    words: Mapping[str, str] = {
        "queued": _("on its way"),
        "claimed": _("on its way"),
        "sending": _("on its way"),
        "done": _("sent %(time)s", time=when(message.ended_at, zone)) if message.ended_at else _("sent"),
        "failed": _("could not be sent"),
        "unknown": _("perhaps sent; somebody has to look"),
    }
    return words[message.state]


def message_purpose(purpose: str) -> str:
    words: Mapping[str, str] = {
        "receipt": _("that we have their message"),
        "progress": _("what the shop wrote"),
        "outcome": _("how it was resolved"),
        "recovery": _("whether all is well now"),
        "thanks": _("thanks"),
        "invitation": _("an invitation"),
        "review": _("asked for a review"),
    }
    return words[purpose]


def size_words(size: int) -> str:
    """How large a file is: 2 MB, 340 kB."""
    if size >= 2**20:
        return str(_("%(count)s MB", count=number(size / 2**20)))
    return str(_("%(count)s kB", count=number(max(1, size / 1024))))


def amount(value: Decimal) -> str:
    """Money without its currency: 500; 12.50."""
    return f"{value:.0f}" if value == value.to_integral_value() else f"{value:.2f}"


def capitalised(words: str) -> str:
    """As a sentence begins; the rest stays as it is."""
    return words[:1].upper() + words[1:]


def recovery_face(event: Row[Any]) -> Face:
    """What the customer said of how it is now."""
    return face(event.data["button"], event.data["buttons"])


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (
    state_word,
    kind_word,
    level_word,
    turn,
    left,
    clock_words,
    channel_word,
    author_name,
    event_words,
    message_words,
    message_purpose,
    size_words,
    amount,
    capitalised,
    recovery_face,
    masked,
)
