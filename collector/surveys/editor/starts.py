"""The words that a new question begins with: to be kept, or written over."""

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from collector.surveys.default import DEFINITION
from collector.surveys.definition import (
    Ces,
    Comment,
    ContactDetails,
    Enps,
    Gap,
    Nps,
    Question,
    Reasons,
    Smileys,
    Stars,
    Texts,
)

Kind: TypeAlias = Literal["smileys", "stars", "nps", "ces", "gap", "reasons", "comment", "contact", "enps"]


def _in(uk: str, ru: str, en: str, pl: str, de: str) -> Texts:
    return {"uk": uk, "en": en, "pl": pl, "de": de, "ru": ru}


_NPS = _in(
    "Чи порадили б ви нас друзям?",
    "Посоветовали бы вы нас друзьям?",
    "How likely are you to recommend us to a friend?",
    "Czy polecisz nas znajomym?",
    "Würden Sie uns weiterempfehlen?",
)
_CES = _in(
    "Чи легко було знайти потрібне?",
    "Легко ли было найти нужное?",
    "How easy was it to get what you came for?",
    "Czy łatwo było znaleźć to, czego Pan/Pani szuka?",
    "Wie leicht war es, das Gesuchte zu bekommen?",
)
_STARS = _in(
    "Скільки зірок ви нам дасте?",
    "Сколько звёзд вы нам дадите?",
    "How many stars do you give us?",
    "Ile gwiazdek nam Pan/Pani daje?",
    "Wie viele Sterne geben Sie uns?",
)
_GAP = _in(
    "Обслуговування на касі",
    "Обслуживание на кассе",
    "Service at the checkout",
    "Obsługa przy kasie",
    "Bedienung an der Kasse",
)
_ENPS = _in(
    "Чи порадили б ви друзям працювати тут?",
    "Посоветовали бы вы друзьям работать здесь?",
    "How likely are you to recommend working here to a friend?",
    "Czy polecisz znajomym pracę tutaj?",
    "Würden Sie Freunden empfehlen, hier zu arbeiten?",
)
_SAY_MORE = _in(
    "Що варто змінити тут насамперед?",
    "Что стоит изменить здесь в первую очередь?",
    "What should change here first?",
    "Co należy tu najpierw zmienić?",
    "Was sollte sich hier zuerst ändern?",
)


def _reasons(number: int) -> Reasons:
    """Those of the first survey; numbers of its reasons are given when it joins a draft."""
    first = DEFINITION.why
    assert first  # noqa: S101 - the survey that everybody begins with has reasons
    return Reasons(number, first.why_good, first.why_bad, first.good, first.bad)


_STARTS: Mapping[Kind, Callable[[int], Question]] = {
    "smileys": lambda number: Smileys(number, DEFINITION.first.text),
    "stars": lambda number: Stars(number, _STARS),
    "nps": lambda number: Nps(number, _NPS),
    "ces": lambda number: Ces(number, _CES),
    "gap": lambda number: Gap(number, _GAP),
    "reasons": _reasons,
    "comment": Comment,
    "contact": ContactDetails,
    "enps": lambda number: Enps(number, _ENPS),
}

#: What may be asked of whom. Of staff only what their page shows from many answers, and no address.
KINDS: Mapping[str, tuple[Kind, ...]] = {
    "customers": ("smileys", "stars", "nps", "ces", "gap", "reasons", "comment", "contact"),
    "staff": ("enps", "comment"),
}


def start(kind: Kind, number: int) -> Question:
    """A new question with words in every language of ours."""
    return _STARTS[kind](number)


def staff_questions() -> tuple[Question, ...]:
    """What a staff survey begins with."""
    return Enps(1, _ENPS), Comment(2, _SAY_MORE)
