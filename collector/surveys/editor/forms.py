"""What somebody typed into the editor, as a question, rules or a schedule."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, get_args

import msgspec
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from collector.surveys.definition import LANGUAGES, MOST_REASONS, Opens, Question, Reason, Reasons, Smileys, Texts
from collector.surveys.editor.edit import HIGHEST_REASON, give_number
from collector.surveys.publish import LONGEST_NAME
from collector.surveys.schedule import Schedule, Weekday

LONGEST_TEXT, LONGEST_REASON = 160, 40
LONGEST_WORDS = 400
#: What a score is to be below, so that a rating opens a case without a word.
BELOW = {"never": 0.0, "worst": 10.0, "bad": 50.0}

Typed = MultiDict[str, str]


class NotYet(Exception):
    """What was typed cannot be taken; says what to do, by field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


#: Languages that a survey can be in besides ours; around its words, pages and messages are in English.
MORE = (
    *("ar", "az", "be", "bg", "cs", "da", "el", "es", "et", "fa", "fi", "fr", "he", "hr", "hu", "hy", "it", "ka"),
    *("kk", "lt", "lv", "nl", "no", "pt", "ro", "sk", "sl", "sr", "sv", "tr", "vi", "zh"),
)
#: What turns the direction of the text around it, and letters that are drawn as nothing.
_TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_FILLERS = "\u115f\u1160\u3164\uffa0"


def name(typed: Typed) -> str:
    """What a survey is called."""
    found = readable(typed.get("name", ""))
    if not 1 <= len(found) <= LONGEST_NAME:
        raise NotYet({"name": _("Give it a name of at most %(count)s letters.", count=LONGEST_NAME)})
    return found


def readable(typed: str) -> str:
    """A name that looks like what it is: on one line, its text turned by nothing; empty if nobody could read it."""
    found = _TURNS.sub("", _line(typed)).strip()
    return found if any(each.isalnum() and each not in _FILLERS for each in found) else ""


def question(typed: Typed, before: Question, used: set[int]) -> Question:
    """A question as it was typed.

    Parameters
    ----------
    before: as it stands in the draft.
    used: numbers that reasons have or had.
    """
    if isinstance(before, Reasons):
        return msgspec.structs.replace(
            before,
            why_good=_texts(typed, "why_good", before.why_good, LONGEST_TEXT),
            why_bad=_texts(typed, "why_bad", before.why_bad, LONGEST_TEXT),
            good=_reasons(typed, "good", before.good, used),
            bad=_reasons(typed, "bad", before.bad, used),
        )
    changed: dict[str, Any] = {"text": _texts(typed, "text", before.text, LONGEST_TEXT)}
    if isinstance(before, Smileys):
        buttons = typed.get("buttons", type=int)
        changed["buttons"] = buttons if buttons in {2, 3, 4, 5} else before.buttons
    return msgspec.structs.replace(before, **changed)


def rows(reasons: Sequence[Reason], used: set[int]) -> list[Reason]:
    """A line for each reason that there may be. Free ones have their numbers already, so that words which are sent
    again and again while somebody types are one reason."""
    free = range(MOST_REASONS - len(reasons))
    return [*reasons, *(Reason(give_number(used), {}) for _ in free)]


def opens(typed: Typed, before: Opens) -> Opens:
    """The rules by which an answer opens a case."""
    at_most = typed.get("nps_at_most", "")
    return Opens(
        below=BELOW.get(typed.get("below", ""), before.below),
        bad_with_words="bad_with_words" in typed,
        nps_at_most=int(at_most) if re.fullmatch(r"\d|10", at_most, re.ASCII) else None,
        contact="contact" in typed,
        words=_words(typed, before.words),
    )


def schedule(typed: Typed) -> Schedule:
    """When a survey is asked.

    Raises
    ------
    NotYet: it would be never.
    """
    problems: dict[str, str] = {}
    since, until = typed.get("since", type=date.fromisoformat), typed.get("until", type=date.fromisoformat)
    if since and until and until < since:
        problems["until"] = _("The last day comes before the first.")
    begin, end = typed.get("from", ""), typed.get("to", "")
    is_clock = all(re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d", each, re.ASCII) for each in (begin, end))
    if (begin or end) and (not is_clock or begin == end):
        problems["hours"] = _("Give both times, or none: from 17:00 to 21:00.")
    if problems:
        raise NotYet(problems)
    every: tuple[Weekday, ...] = get_args(Weekday)
    days = tuple(each for each in every if each in typed.getlist("weekday"))
    weekdays = days if days != every else ()
    return Schedule(since, until, weekdays, (begin, end) if begin else None)


def _texts(typed: Typed, field: str, before: Texts, longest: int) -> Texts:
    """Words by language, in the order in which they were; what is empty is left out."""
    order = dict.fromkeys([*before, *LANGUAGES, *MORE])
    found = {language: _line(typed.get(f"{field}-{language}", ""))[:longest] for language in order}
    return {language: text for language, text in found.items() if text}


def _reasons(typed: Typed, field: str, before: Sequence[Reason], used: set[int]) -> tuple[Reason, ...]:
    """The lines that have words, each under the number that it had."""
    known = {reason.number: reason.text for reason in before}
    found = []
    for at in range(MOST_REASONS):
        number = typed.get(f"{field}-{at}", 0, int)
        words = known.pop(number, None)
        if text := _texts(typed, f"{field}-{at}", words or {}, LONGEST_REASON):
            is_free = words is None and 0 < number <= HIGHEST_REASON and number not in used
            found.append(Reason(number if words is not None or is_free else give_number(used), text))
            used.add(found[-1].number)
    return tuple(found)


def _words(typed: Typed, before: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Words in comments, by language: separated by commas or lines, small letters."""
    order = dict.fromkeys([*before, *LANGUAGES])
    found = {}
    for language in order:
        parts = re.split(r"[,;\n]", typed.get(f"words-{language}", "")[:LONGEST_WORDS])
        if words := tuple(dict.fromkeys(word for part in parts if (word := _line(part).casefold()))):
            found[language] = words
    return found


def _line(text: str) -> str:
    """On one line, without what cannot be seen."""
    shown = "".join(" " if each in "\r\n\t" else each for each in text if _is_seen(each))
    return re.sub(r" +", " ", shown).strip()


def _is_seen(letter: str) -> bool:
    # Marks of direction and joiners stay: some scripts need them.
    return letter in "\r\n\t" or unicodedata.category(letter) not in {"Cc", "Cs", "Co"}
