"""Names that look like another's (pure): somebody whose name differs from another's by one Cyrillic letter gets what
was not meant for them, and stands in the audit log as somebody else.

Which letters look alike is taken from Unicode's list (UTS #39), as far as Latin and Cyrillic go.
"""

import re
import unicodedata
from collections.abc import Collection

_CYRILLIC = "АВЕЅІЈКМНОРСТХУаеѕіјорсхуһԁԛԝӏ"
_LATIN = "ABESIJKMHOPCTXYaesijopcxyhdqwl"
_ALIKE = str.maketrans(_CYRILLIC, _LATIN) | str.maketrans("01|", "oll")


def normal(name: str) -> str:
    """A name in the one form in which it is kept: full-width letters, ligatures and composed accents are one."""
    return unicodedata.normalize("NFKC", name)


def look(name: str) -> str:
    """The same for names that a hasty reader takes for one another."""
    return normal(name).translate(_ALIKE).casefold().translate(_ALIKE)


def is_mixed(name: str) -> bool:
    """Whether one word of it has letters of both Latin and Cyrillic."""
    return any({"LATIN", "CYRILLIC"} <= {_script(char) for char in word} for word in re.findall(r"\w+", name))


def twin(name: str, others: Collection[str]) -> str | None:
    """The one of the others that looks like a name; None: it looks like nobody's."""
    return next((each for each in others if look(each) == look(name)), None)


def _script(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0] if char.isalpha() else ""
