"""Fields of a form as somebody typed them, and the sentences that say what does not fit."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from collector.cases.rules.policy import MOST

Values = MultiDict[str, str]
T = TypeVar("T")

#: Minutes of the units in which a time is typed, the largest first.
UNITS = (24 * 60, 60, 1)
#: The longest time of a clock, as policies have it, minutes.
LONGEST = 60 * 24 * 60


class Typed:
    """What was typed, field by field. One that does not fit gets a sentence, and something harmless stands for it."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.problems: dict[str, str] = {}

    def text(self, name: str, longest: int = 100) -> str:
        found = re.sub(r"\s+", " ", self.values.get(name, "")).strip()
        if len(found) > longest:
            self.problems[name] = _("At most %(count)s letters.", count=longest)
        return found[:longest]

    def number(self, name: str, least: int, most: int, *, may_be_empty: bool = False) -> int | None:
        found = self.text(name)
        if not found and may_be_empty:
            return None
        if re.fullmatch(r"[0-9]{1,6}", found) and least <= int(found) <= most:
            return int(found)
        self.problems[name] = _("A whole number from %(least)s to %(most)s.", least=least, most=most)
        return None

    def time(self, name: str) -> int:
        """Minutes."""
        count, unit = self.text(f"{name}-count"), self.text(f"{name}-unit")
        if re.fullmatch(r"[0-9]{1,6}", count) and unit in map(str, UNITS):
            minutes = int(count) * int(unit)
            if 1 <= minutes <= LONGEST:
                return minutes
        self.problems[name] = _("A whole number, for example 24 hours; 60 days at most.")
        return 1

    def amount(self, name: str) -> Decimal | None:
        found = self.text(name).replace(",", ".")
        if not found:
            return None
        if re.fullmatch(r"[0-9]{1,8}([.][0-9]{1,2})?", found) and Decimal(found) <= MOST:
            return Decimal(found)
        self.problems[name] = _("An amount, for example 500 or 12.50; empty for any.")
        return None

    def currency(self, name: str) -> str:
        found = self.text(name).upper()
        if not re.fullmatch("[A-Z]{3}", found):
            self.problems[name] = _("A currency has three letters, for example UAH.")
        return found

    def some(self, name: str, known: Sequence[T]) -> tuple[T, ...]:
        ticked = self.values.getlist(name)
        return tuple(each for each in known if each in ticked)

    def lines(self, name: str) -> tuple[str, ...]:
        found = [re.sub(r"\s+", " ", line).strip() for line in self.values.get(name, "").splitlines()]
        if any(len(line) > 100 for line in found):
            self.problems[name] = _("At most %(count)s letters.", count=100)
        return tuple(dict.fromkeys(line[:100] for line in found if line))

    def clock(self, name: str) -> str | None:
        found = self.text(name)
        if found and not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", found):
            self.problems[name] = _("A time of day, for example 11:00.")
            return None
        return found or None

    def parsed(self, name: str, parse: Callable[[str], T], problem: str) -> T | None:
        try:
            return parse(self.text(name, 500))
        except ValueError:
            self.problems[name] = problem
            return None
