"""What a kiosk is called where nobody gave it a name: by its store and its touchpoint, `riverside-exit-2`."""

import re
import unicodedata
from collections.abc import Iterable

#: The highest number behind the words, and the room for it: a kiosk's id has 32 characters at most.
_HIGHEST = 9999
_LONGEST = 32 - len(f"-{_HIGHEST}")
#: As the Ukrainian passports do it; the last are Russian, Belarusian and Polish letters that do not come apart.
_LATIN = {
    **dict(zip("абвгґдезиіклмнопрстуфь", [*"abvhgdezyiklmnoprstuf", ""], strict=True)),
    **{"є": "ie", "ж": "zh", "ї": "i", "й": "i", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch"},
    **{"ю": "iu", "я": "ia", "ё": "io", "ъ": "", "ы": "y", "э": "e", "ў": "u", "ł": "l", "ß": "ss", "ø": "o"},
}


def stem(store: str, touchpoint: str) -> str:
    """What the ids of a touchpoint's kiosks begin with."""
    words = unicodedata.normalize("NFC", f"{store} {touchpoint}").lower()
    latin = "".join(_LATIN.get(letter, letter) for letter in words)
    plain = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST].strip("-") or "kiosk"


def next_number(stem: str, taken: Iterable[str]) -> int | None:
    """The next number behind this stem; none is given twice, so that nobody takes one kiosk for another. Where somebody
    has named one with the highest there is, the lowest that is free; None: none is.

    Parameters
    ----------
    taken: ids of kiosks that there are or were.
    """
    matches = (re.fullmatch(rf"{re.escape(stem)}-([0-9]{{1,4}})", each) for each in taken)
    numbers = {int(found[1]) for found in matches if found}
    following = max(numbers, default=0) + 1
    if following <= _HIGHEST:
        return following
    return next((number for number in range(1, _HIGHEST) if number not in numbers), None)
