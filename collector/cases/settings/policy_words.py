"""How policies are spoken of in the console."""

from collections.abc import Callable, Mapping

from flask_babel import gettext as _
from flask_babel import ngettext

from collector.ratings.kinds import Channel, word
from collector.words import channel_word


def unit_word(minutes: int) -> str:
    words: Mapping[int, str] = {1: _("minutes"), 60: _("hours"), 24 * 60: _("days")}
    return words[minutes]


def within_words(count: str, minutes: int) -> str:
    """How soon, as somebody typed it: within 3 minutes; nothing where that is no number."""
    if not (count.isascii() and count.isdigit() and len(count) < 7):
        return ""
    words: Mapping[int, str] = {
        1: ngettext("within %(num)s minute", "within %(num)s minutes", int(count)),
        60: ngettext("within %(num)s hour", "within %(num)s hours", int(count)),
        24 * 60: ngettext("within %(num)s day", "within %(num)s days", int(count)),
    }
    return words.get(minutes, "")


def rung_word(place: str) -> str:
    """Whose turn a step of the ladder is."""
    words: Mapping[str, str] = {
        "store": _("the store's"),
        "above": _("the place's right above it"),
        "top": _("the head office's"),
        "everyone": _("everyone's who sees the store"),
    }
    return words[place]


def calendar_word(kind: str) -> str:
    words: Mapping[str, str] = {
        "wall": _("day and night"),
        "store": _("while the store is open"),
        "own": _("at hours of their own"),
    }
    return words[kind]


def channel_name_word(name: str) -> str:
    """How a voice came in, by the name that programs give the channel."""
    channel = next(each for each in Channel if word(each) == name)
    touch: Mapping[Channel, str] = {
        Channel.KIOSK_BUTTON: _("kiosk, by its buttons"),
        Channel.KIOSK_TOUCH: _("kiosk, by touch"),
    }
    spoken = touch.get(channel) or channel_word(channel)
    return spoken[0].upper() + spoken[1:]


def pausing_word(state: str) -> str:
    words: Mapping[str, str] = {
        "waiting": _("while a case waits for its customer"),
        "review": _("while a case waits to be signed off"),
    }
    return words[state]


def kind_words(kind: str) -> str:
    """Kinds of cases, several of them."""
    words: Mapping[str, str] = {
        "complaint": _("complaints"),
        "question": _("questions"),
        "praise": _("praise"),
        "alert": _("alerts"),
    }
    return words[kind]


def explained_word(kind: str) -> str:
    """A change for which a place may ask for words."""
    words: Mapping[str, str] = {
        "taken": _("taking a case"),
        "assigned": _("giving it to somebody"),
        "climbed": _("passing it on"),
        "moved": _("moving it to another store"),
        "accepted": _("signing off"),
        "reopened": _("opening it again"),
    }
    return words[kind]


def purpose_word(purpose: str) -> str:
    """What a customer is written to for."""
    words: Mapping[str, str] = {
        "receipt": _("that we have their message"),
        "progress": _("answers and questions of the shop"),
        "outcome": _("how it was resolved"),
        "recovery": _("whether all is well now"),
        "thanks": _("thanks for praise"),
        "invitation": _("an invitation after a purchase"),
        "review": _("asking whoever was glad to write a review"),
    }
    return words[purpose]


#: What templates may use as filters, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (
    unit_word,
    within_words,
    rung_word,
    calendar_word,
    channel_name_word,
)
#: And those that they pass on to others.
SPOKEN: tuple[Callable[[str], str], ...] = (pausing_word, kind_words, explained_word, purpose_word)
