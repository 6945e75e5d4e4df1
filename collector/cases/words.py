"""How cases are spoken of in the console."""

from collections.abc import Callable, Mapping
from datetime import datetime

from flask_babel import gettext as _

from collector.cases.queries import Case
from collector.cases.rules import HEAD_OFFICE, REGION, STORE
from collector.current import now
from collector.ratings.kinds import Channel
from collector.words import duration, when


def step_word(step: int) -> str:
    """Whose turn it is."""
    words: dict[int, str] = {STORE: _("store"), REGION: _("region"), HEAD_OFFICE: _("head office")}
    return words[step]


def turn(case: Case) -> str:
    """Where a case stands: answer due in 40 min; taken by Olha, due in 3 h; with the head office."""
    if case.state == "resolved":
        return str(_("resolved %(time)s", time=when(case.resolved_at, case.zone))) if case.resolved_at else ""
    words = []
    if case.step != STORE:
        words.append(str(_("with %(place)s", place=case.place)))
    if case.taken_by:
        words.append(str(_("taken by %(name)s", name=case.taken_by)))
    if case.due_at:
        words.append(
            str(
                _("due %(time)s", time=left(case.due_at)) if words else _("answer due %(time)s", time=left(case.due_at))
            )
        )
    return ", ".join(words)


def left(due_at: datetime) -> str:
    """How long until then: in 40 min; now."""
    ms = (due_at - now()).total_seconds() * 1000
    return str(_("in %(time)s", time=duration(ms)) if ms >= 1000 else _("now"))


def channel_word(channel: Channel) -> str:
    """How a voice came in."""
    words: Mapping[Channel, str] = {
        Channel.KIOSK_BUTTON: _("kiosk"),
        Channel.KIOSK_TOUCH: _("kiosk"),
        Channel.KIOSK_QR: _("kiosk's code"),
        Channel.RECEIPT_QR: _("receipt"),
        Channel.POSTER_QR: _("poster"),
        Channel.WEB: _("web"),
        Channel.HOTLINE: _("hotline"),
        Channel.EMAIL: _("e-mail"),
        Channel.SMS: _("SMS"),
        Channel.MESSENGER: _("messenger"),
        Channel.REVIEW: _("review"),
    }
    return words[channel]


def event_words(kind: str) -> str:
    """What happened, after the name of whoever did it."""
    words: Mapping[str, str] = {
        "opened": _("opened the case"),
        "taken": _("took it"),
        "commented": _("remarked"),
        "climbed": _("passed it on, because it had waited its time"),
        "resolved": _("resolved it"),
    }
    return words[kind]


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (step_word, turn, left, channel_word, event_words)
