"""What somebody typed into the hotline's form, and what stands against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row
from werkzeug.datastructures import MultiDict

from collector.addresses import NoAddress, normalised
from collector.current import row_id
from collector.forms import clean, line
from collector.hotline import script
from collector.places.queries import Store
from collector.ratings.kinds import Channel, word
from collector.surveys.answers import CONTACT_KEPT, LONGEST_COMMENT, LONGEST_CONTACT, PURPOSE, Contact, Reply, Source
from collector.surveys.queries import Survey

#: How a voice can come to whoever fills the form in.
CHANNELS = {word(each): each for each in (Channel.HOTLINE, Channel.EMAIL, Channel.MESSENGER, Channel.REVIEW)}
LONGEST_WISH, LONGEST_REFERENCE = 200, 100


@dataclass(frozen=True)
class Call:
    """The form as it was filled in, what does not fit left out."""

    nonce: str
    channel: str
    language: str
    store: int | None = None
    touchpoint: int | None = None
    #: In the numbers that customers see.
    rating: int | None = None
    reasons: Sequence[int] = ()
    said: str = ""
    wish: str = ""
    reference: str = ""
    contact: str = ""
    #: The end date that was read out and agreed to.
    erase_on: date | None = None
    #: The version of the survey whose question was on the page.
    version: int | None = None
    problems: Mapping[str, str] = field(default_factory=dict)


def read(typed: MultiDict[str, str]) -> Call:
    """What was typed."""
    channel, language = typed.get("channel", ""), typed.get("language", "")
    return Call(
        nonce=typed.get("form", ""),
        channel=channel if channel in CHANNELS else "hotline",
        language=language if language in script.LANGUAGES else script.LANGUAGES[0],
        store=typed.get("store", type=row_id),
        touchpoint=typed.get("touchpoint", type=row_id),
        rating=typed.get("rating", type=int),
        reasons=typed.getlist("reason", type=int),
        said=clean(typed.get("said", ""))[:LONGEST_COMMENT],
        wish=line(typed.get("wish", ""))[:LONGEST_WISH],
        reference=line(typed.get("reference", ""))[:LONGEST_REFERENCE],
        contact=line(typed.get("contact", ""))[:LONGEST_CONTACT],
        erase_on=typed.get("consent", type=date.fromisoformat),
        version=typed.get("version", type=row_id),
    )


def checked(call: Call, store: Store, survey: Survey, touchpoints: Sequence[Row[Any]], now: datetime) -> Call:
    """The form with what stands against it, for a store and the survey that is asked there."""
    problems: dict[str, str] = {}
    if call.touchpoint is not None and call.touchpoint not in {each.id for each in touchpoints}:
        problems["touchpoint"] = _("This is not in that store. Choose where it was, or leave it open.")
    offered = {reason.number for reason in survey.definition.reasons(None)}
    if call.version != survey.id and (call.rating is not None or call.reasons):
        problems["rating"] = _("%(store)s asks in another way. Say once more how it was.", store=store.name)
        call = replace(call, rating=None, reasons=())
    elif call.rating is not None and not survey.first.has(call.rating):
        call = replace(call, rating=None)
    call = replace(call, reasons=[each for each in call.reasons if each in offered])
    if call.rating is None and not call.said and not call.wish and not problems:
        problems["said"] = _("Write a few words, or say how it was.")
    if len(_words(call)) > LONGEST_COMMENT:
        problems["said"] = _("That is too long to keep. Say it in fewer words.")
    problems |= _against_contact(call, store, now)
    return replace(call, problems=problems)


def source(call: Call, store: Store, survey: Survey) -> Source:
    """Where it came from."""
    return Source(
        identity=f"hotline:{store.id}:{call.nonce}",
        channel=CHANNELS[call.channel],
        store_id=store.id,
        touchpoint_id=call.touchpoint,
        reference=call.reference or None,
        survey=survey,
    )


def reply(call: Call, survey: Survey, author: str) -> Reply:
    """What the customer said, as it was written down."""
    contact = None
    if call.contact and call.erase_on:
        contact = Contact(call.contact, PURPOSE, script.consent(call.language, call.erase_on), call.erase_on)
    return Reply(
        language=call.language,
        replies={} if call.rating is None else {survey.first.key: call.rating},
        reasons=call.reasons,
        comment=_words(call) or None,
        contact=contact,
        author=author,
    )


def _words(call: Call) -> str:
    """What was said, and what would make it good."""
    wish = str(_("Wishes: %(wish)s", wish=call.wish)) if call.wish else ""
    return "\n".join(each for each in (call.said, wish) if each)


def _against_contact(call: Call, store: Store, now: datetime) -> dict[str, str]:
    if not call.contact:
        return {}
    try:
        normalised(call.contact, store.zone)
    except NoAddress:
        return {"contact": _("This is neither an e-mail address nor a telephone number. Ask for it once more.")}
    today = now.astimezone(store.zone).date()
    if call.erase_on is None:
        return {"consent": _("Read the question out. After a yes, tick it; after a no, empty the address.")}
    if not today < call.erase_on <= today + CONTACT_KEPT:
        return {"consent": _("The day that was read out has passed. Read the question out once more.")}
    return {}
