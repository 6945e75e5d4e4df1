"""In which order the eye meets the letters of a line (pure): Unicode's bidirectional algorithm (UAX #9).

Without explicit marks of direction: those never come this far. Rules are named as there.
"""

import unicodedata
from collections.abc import Iterator, Sequence

_NEUTRAL = frozenset({"B", "S", "WS", "ON"})
_BRACKETS = {"(": ")", "[": "]", "{": "}"}


def levels(text: str, rtl: bool) -> list[int]:
    """The level of each letter; odd is from right to left.

    Parameters
    ----------
    rtl: whether the paragraph goes from right to left.
    """
    base = int(rtl)
    edge = "LR"[base]
    kinds = _weak([unicodedata.bidirectional(letter) or "L" for letter in text], edge)
    _brackets(text, kinds, edge)
    _neutral(kinds, edge)
    # I1, I2
    higher = {0: {"R": 1, "AN": 2, "EN": 2}, 1: {"L": 1, "AN": 1, "EN": 1}}[base]
    return [base + higher.get(kind, 0) for kind in kinds]


def visual(levels: Sequence[int]) -> list[int]:
    """The indices of what has these levels, from left to right (L2)."""
    order = list(range(len(levels)))
    for level in range(max(levels, default=0), 0, -1):
        at = 0
        while at < len(order):
            end = at
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[at:end] = reversed(order[at:end])
            at = end + 1
    return order


def _weak(kinds: list[str], edge: str) -> list[str]:
    """W1 … W7: accents, numbers and what stands between and beside them."""
    strong = last = edge
    for at, kind in enumerate(kinds):
        if kind == "NSM":
            kinds[at] = last  # W1
        last = kinds[at]
    for at, kind in enumerate(kinds):
        if kind in {"L", "R", "AL"}:
            strong = kind
        elif kind == "EN" and strong == "AL":
            kinds[at] = "AN"  # W2
    kinds = ["R" if kind == "AL" else kind for kind in kinds]  # W3
    for at in range(1, len(kinds) - 1):
        before, kind, after = kinds[at - 1 : at + 2]
        if before == after and ((kind == "CS" and before in {"EN", "AN"}) or (kind == "ES" and before == "EN")):
            kinds[at] = before  # W4
    for start, end in _stretches(kinds, {"ET"}):
        if "EN" in {*kinds[start - 1 : start], *kinds[end : end + 1]}:
            kinds[start:end] = ["EN"] * (end - start)  # W5
    kinds = ["ON" if kind in {"ES", "ET", "CS", "BN"} else kind for kind in kinds]  # W6
    strong = edge
    for at, kind in enumerate(kinds):
        if kind in {"L", "R"}:
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[at] = "L"  # W7
    return kinds


def _brackets(text: str, kinds: list[str], edge: str) -> None:
    """N0: a pair of brackets goes as what it holds."""
    opened: list[tuple[str, int]] = []
    pairs: list[tuple[int, int]] = []
    for at, letter in enumerate(text):
        if kinds[at] != "ON":
            continue
        if letter in _BRACKETS:
            opened.append((_BRACKETS[letter], at))
        elif (
            match := next((index for index in reversed(range(len(opened))) if opened[index][0] == letter), None)
        ) is not None:
            pairs.append((opened[match][1], at))
            del opened[match:]
    for start, end in sorted(pairs):
        inside = {_direction(kind) for kind in kinds[start + 1 : end]} - {None}
        if not inside:
            continue
        direction = edge
        if edge not in inside:
            before = next((found for kind in reversed(kinds[:start]) if (found := _direction(kind))), edge)
            direction = before if before in inside else edge
        for at in (start, end):
            kinds[at] = direction
            # What accents a bracket goes with it.
            after = at + 1
            while after < len(text) and unicodedata.bidirectional(text[after]) == "NSM":
                kinds[after] = direction
                after += 1


def _neutral(kinds: list[str], edge: str) -> None:
    """N1, N2: what has no direction takes that of both its neighbours, or the paragraph's."""
    for start, end in _stretches(kinds, _NEUTRAL):
        before = _direction(kinds[start - 1]) if start else edge
        after = _direction(kinds[end]) if end < len(kinds) else edge
        kinds[start:end] = [before if before and before == after else edge] * (end - start)


def _direction(kind: str) -> str | None:
    return {"L": "L", "R": "R", "EN": "R", "AN": "R"}.get(kind)


def _stretches(kinds: Sequence[str], wanted: set[str] | frozenset[str]) -> Iterator[tuple[int, int]]:
    """Begin and end of each row of such kinds."""
    start = None
    for at, kind in enumerate((*kinds, "")):
        if kind in wanted:
            start = at if start is None else start
        elif start is not None:
            yield start, at
            start = None
