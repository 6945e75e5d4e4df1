"""Which voices somebody wants to see: what an address asks for, and what an address needs to ask the same again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal, TypeAlias

from collector.current import row_id
from collector.forms import line
from collector.insights.asked import Asked, asked_of
from collector.insights.faces import Face
from collector.ratings.kinds import word
from collector.surveys.marks import AnswerMark

LONGEST_SEARCH = 100
#: Days in which themes are counted; and the last ones of a period that are looked through by opening hours, which are
#: reckoned anew for each voice.
MOST_DAYS, MOST_DAYS_BY_HOURS = 91, 31

#: words: with a comment; all: also those without; partial: only the first tap so far.
Said: TypeAlias = Literal["words", "all", "partial"]
#: When it was said, by the store's opening hours.
Hours: TypeAlias = Literal["open", "closed"]
#: Voices without any theme.
NO_THEME = "none"

SAID: Mapping[str, Said] = {"words": "words", "all": "all", "partial": "partial"}
HOURS: Mapping[str, Hours] = {"open": "open", "closed": "closed"}
MARKS = {word(each): each for each in AnswerMark}


@dataclass(frozen=True)
class Chosen:
    """What is looked at of the voices of a place and a period; None and empty: all of them."""

    asked: Asked
    search: str = ""
    theme: str | None = None
    faces: frozenset[Face] = frozenset()
    said: Said = "words"
    hours: Hours | None = None
    #: None: also what is not counted.
    mark: AnswerMark | None = AnswerMark.NONE
    segment_id: int | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether more than place and period is asked for."""
        asked = self.asked
        return self != Chosen(Asked(asked.place_id, asked.first, asked.last))

    @property
    def is_narrowed_closely(self) -> bool:
        """Whether it is so by more than words and a theme, which show by themselves."""
        return replace(self, search="", theme=None).is_narrowed

    def query(self, **changed: Any) -> dict[str, Any]:
        """What an address needs to ask the same again, but for what is to change: `theme=None` leaves that out."""
        asked: dict[str, Any] = {
            **self.asked.query(),
            "q": self.search,
            "theme": self.theme,
            "face": sorted(self.faces),
            "said": None if self.said == "words" else self.said,
            "hours": self.hours,
            "mark": "any" if self.mark is None else word(self.mark) if self.mark else None,
            "segment": self.segment_id,
        }
        return {name: value for name, value in {**asked, **changed}.items() if value}

    def without_themes(self) -> "Chosen":
        """The same, whatever the theme."""
        return replace(self, theme=None)


def chosen_of(
    args: Mapping[str, str], place_id: int, today: date, themes: Mapping[str, object], *, is_store: bool = True
) -> Chosen:
    """What an address asks for: besides what `asked_of` reads ?q=, ?theme=, ?face= (also several times), ?said=,
    ?hours=, ?mark= and ?segment=. What makes no sense is left out.

    Parameters
    ----------
    themes: those that there are, by key.
    is_store: as for `asked_of`.
    """
    several = args.getlist("face") if hasattr(args, "getlist") else [args.get("face", "")]
    theme, said, mark = (args.get(name, "") for name in ("theme", "said", "mark"))
    # Whether a store was open is asked to the minute here, by ?hours=.
    asked = replace(asked_of(args, place_id, today, is_store=is_store), opened=False)
    hours = HOURS.get(args.get("hours", ""))
    if hours is not None and asked.days > MOST_DAYS_BY_HOURS:
        asked = replace(asked, first=asked.last - timedelta(MOST_DAYS_BY_HOURS - 1))
    return Chosen(
        asked,
        line(args.get("q", "")[:LONGEST_SEARCH]),
        theme if theme in themes or theme == NO_THEME else None,
        frozenset(Face(each) for each in several if each in set(Face)),
        SAID.get(said, "words"),
        hours,
        None if mark == "any" else MARKS.get(mark, AnswerMark.NONE),
        _row(args.get("segment", "")),
    )


def _row(typed: str) -> int | None:
    try:
        return row_id(typed)
    except ValueError:
        return None
