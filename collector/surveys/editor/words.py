"""How surveys are spoken of in the console."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import msgspec
from babel.dates import get_day_names
from flask_babel import get_locale
from flask_babel import gettext as _

from collector.places.hours import WEEKDAYS
from collector.surveys.definition import (
    Comment,
    ContactDetails,
    Definition,
    Gap,
    Question,
    Reasons,
    Smileys,
    in_language,
)
from collector.surveys.editor.edit import kind_of
from collector.surveys.schedule import Schedule
from collector.surveys.versions import Version
from collector.words import day, in_own_language, language_name


def question_kind(kind: str) -> str:
    """What a question is, to whoever chooses one."""
    words: Mapping[str, str] = {
        "smileys": _("Faces"),
        "stars": _("Stars, 1 to 5"),
        "nps": _("Would they recommend us, 0 to 10 (NPS)"),
        "ces": _("How easy it was, 1 to 7 (CES)"),
        "gap": _("What was expected and what it was like"),
        "reasons": _("Reasons, for good and for bad"),
        "comment": _("In their own words"),
        "contact": _("E-mail or phone, with consent"),
        "enps": _("Would they recommend working here, 0 to 10 (eNPS)"),
    }
    return words[kind]


def question_words(question: Question) -> str:
    """What it asks, as far as there are words."""
    if isinstance(question, Reasons):
        return " / ".join(in_own_language(each) for each in (question.why_bad, question.why_good) if each)
    if isinstance(question, (Comment, ContactDetails)) and not question.text:
        return question_kind(kind_of(question))
    return in_own_language(question.text)


def question_note(question: Question) -> str:
    """What kind of question it is."""
    match question:
        case Smileys(buttons=buttons):
            return str(_("%(count)s faces", count=buttons))
        case Reasons(good=good, bad=bad):
            return str(
                _("reasons: %(bad)s after a bad answer, %(good)s after a good one", bad=len(bad), good=len(good))
            )
        case Gap():
            return str(_("what was expected and what it was like, 1 to 5 each"))
        case Comment(text=text) | ContactDetails(text=text) if not text:
            return str(_("asked in the page's own words"))
    return question_kind(kind_of(question))


def audience_word(audience: str) -> str:
    words: Mapping[str, str] = {"customers": _("customers"), "staff": _("staff")}
    return words[audience]


def weekday_word(weekday: str) -> str:
    """mon: Mon."""
    return str(get_day_names("abbreviated", locale=get_locale())[WEEKDAYS.index(weekday)])


def schedule_words(schedule: Schedule) -> str:
    """When it is asked: from 1 March 2027, Sat Sun, 17:00–21:00; always."""
    said = [_days(schedule.since, schedule.until), " ".join(map(weekday_word, schedule.weekdays))]
    if schedule.hours:
        said.append("–".join(schedule.hours))
    return ", ".join(each for each in said if each) or str(_("always"))


def language_names(tags: Sequence[str]) -> str:
    """Polish, German."""
    return ", ".join(map(language_name, tags))


def rule_words(definition: Definition) -> list[str]:
    """Which answers open a case, a line each."""
    opens = definition.opens
    said = []
    if opens.below > 50:
        said.append(_("A rating below %(score)s of 100, even without a word.", score=round(opens.below)))
    elif opens.below > 10:
        said.append(_("A bad rating, even without a word."))
    elif opens.below > 0:
        said.append(_("The worst rating, even without a word."))
    if opens.bad_with_words:
        said.append(_("A bad rating with a comment or an address."))
    if opens.contact:
        said.append(_("An address that somebody leaves, whatever the rating."))
    if opens.nps_at_most is not None and any(scale.kind == "nps" for scale in definition.scales):
        said.append(_("0 to %(most)s to whether they would recommend us.", most=opens.nps_at_most))
    if words := [word for each in opens.words.values() for word in each]:
        said.append(_("A comment with one of these words: %(words)s.", words=", ".join(words)))
    return [str(each) for each in said]


def draft_digest(version: Version) -> str:
    """What tells one state of a draft from another."""
    return hashlib.sha256(msgspec.json.encode(version.definition)).hexdigest()[:16]


def unfit_words(why: str) -> str:
    """Why a draft stays as it is."""
    words: Mapping[str, str] = {
        "full": _("A survey has at most 8 questions: customers stop before that. Take one out first."),
        "once": _("The survey asks for this already. Change the one that is there."),
        "first": _("A survey begins with faces, stars or a number: something to answer with one tap."),
        "last": _("This is the only question. Add another before you take it out."),
    }
    return words[why]


def _days(since: date | None, until: date | None) -> str:
    if since and until:
        return str(_("%(since)s to %(until)s", since=day(since), until=day(until)))
    if since:
        return str(_("from %(since)s", since=day(since)))
    return str(_("until %(until)s", until=day(until))) if until else ""


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (
    in_language,
    question_kind,
    kind_of,
    question_words,
    question_note,
    audience_word,
    weekday_word,
    schedule_words,
    language_names,
    rule_words,
    draft_digest,
)
