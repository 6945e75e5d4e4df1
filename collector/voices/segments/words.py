"""What a segment holds, said as a list of conditions."""

from collections.abc import Iterator, Mapping

from flask_babel import gettext as _

from collector.insights.compare import FEWEST
from collector.insights.faces import Face
from collector.own_words.say import face_word
from collector.voices.segments.queries import CHANNELS
from collector.voices.segments.rules import Answers, Customers, Kind, Places, Rule, Said
from collector.voices.words import channel_name
from collector.words import number


def segment_kind_word(kind: Kind) -> str:
    words: Mapping[Kind, str] = {"places": _("Stores"), "answers": _("Voices"), "customers": _("Customers")}
    return words[kind]


def purpose_word(purpose: str) -> str:
    """What customers agreed to."""
    words: Mapping[str, str] = {
        "invitation": _("to be invited to say how it was"),
        "review": _("to be asked to tell others"),
        "recovery": _("to be asked whether it is good now"),
        "thanks": _("to be thanked"),
    }
    return words[purpose]


def conditions_of(rule: Rule, names: Mapping[str, str], places: Mapping[int, str]) -> list[str]:
    """Each condition as one phrase; all of them have to hold.

    Parameters
    ----------
    names: of themes, by key.
    places: of those that the reader sees, by number.
    """
    match rule:
        case Places():
            return list(_of_places(rule, places)) or [_("all stores")]
        case Answers():
            return list(_of_said(rule.said, names)) or [_("all voices")]
        case Customers():
            return [
                _("agreed %(purpose)s", purpose=purpose_word(rule.purpose)),
                _("said something within %(days)s days", days=rule.days),
                *_of_said(rule.said, names),
            ]


def _of_places(rule: Places, places: Mapping[int, str]) -> Iterator[str]:
    if rule.name:
        yield _("“%(part)s” is in the name", part=rule.name)
    if rule.below is not None:
        yield _("below %(place)s", place=places.get(rule.below, "…"))
    if rule.index_from is not None or rule.index_to is not None:
        yield _(
            "index from %(low)s to %(high)s in the last %(days)s days, of at least %(count)s ratings",
            low=number(rule.index_from or 0),
            high=number(100 if rule.index_to is None else rule.index_to),
            days=rule.days,
            count=FEWEST,
        )
    if rule.channels:
        yield _("heard by %(names)s in the last %(days)s days", names=_channels(rule.channels), days=rule.days)


def _of_said(said: Said, names: Mapping[str, str]) -> Iterator[str]:
    if said.channels:
        yield _("came by %(names)s", names=_channels(said.channels))
    if said.faces:
        yield _("felt %(faces)s", faces=", ".join(face_word(Face(each)) for each in said.faces))
    if said.themes:
        yield _("speaks of %(themes)s", themes=", ".join(names.get(each, each) for each in said.themes))
    if said.words:
        yield _("says “%(words)s”", words=said.words)
    if said.touchpoint:
        yield _("at a touchpoint with “%(part)s” in its name", part=said.touchpoint)
    if said.hours:
        yield {"open": _("while the store was open"), "closed": _("while it was closed")}[said.hours]
    if said.has_case is not None:
        yield _("has a case") if said.has_case else _("has no case")


def _channels(channels: tuple[str, ...]) -> str:
    return ", ".join(channel_name(CHANNELS[each]) for each in channels if each in CHANNELS)


FILTERS = (segment_kind_word, purpose_word)
