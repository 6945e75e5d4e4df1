"""The faces, in one colour: they differ in outline and mouth."""

from math import sqrt

PAPER, INK = 1, 0

# As everywhere in Smilepost, on a square of 48: the mouth is a curve from the first point to the last.
_MOUTHS = {
    "very good": ((12, 26), (24, 44), (36, 26)),
    "good": ((16, 29), (24, 36), (32, 29)),
    "neutral": ((19, 31), (24, 31), (29, 31)),
    "bad": ((15, 32), (24, 32), (33, 32)),
    "very bad": ((14, 35), (24, 24), (34, 35)),
}
_EYES = (17, 19), (31, 19)
_OUTLINE, _CORNER, _EYE, _LIP = 2.5, 9, 2.6, 1.5  # thickness, radii


def face(button, buttons):
    """Return the name of a button's face, None where there is no such button; 1 is the best."""
    if buttons < 2 or not 1 <= button <= buttons:
        return None
    worth = 100 * (buttons - button) / (buttons - 1)
    if worth > 80:
        return "very good"
    if worth > 58:
        return "good"
    if worth > 42:
        return "neutral"
    return "bad" if worth >= 20 else "very bad"


def draw_face(canvas, name, x, y, side):
    """Draw a face as a square of `side` dots, in steps."""
    unit = side / 48
    thick = max(2, round(_OUTLINE * unit))
    corner = _CORNER * unit if "bad" in name else side / 2
    _shape(canvas, x, y, side, corner, INK)
    yield
    _shape(canvas, x + thick, y + thick, side - 2 * thick, corner - thick, PAPER)
    yield
    for across, down in _EYES:
        _disc(canvas, x + across * unit, y + down * unit, max(1.5, _EYE * unit))
    start, through, end = _MOUTHS[name]
    steps = int((end[0] - start[0]) * unit) + 1
    upper = y + start[1] * unit
    for step in range(steps + 1):
        t = step / steps
        along = [(1 - t) ** 2 * a + 2 * t * (1 - t) * b + t * t * c for a, b, c in zip(start, through, end)]  # noqa: B905
        px, py = x + along[0] * unit, y + along[1] * unit
        _disc(canvas, px, py, max(1, _LIP * unit))
        if name == "very good":  # an open mouth
            canvas.fill_rect(round(px), round(upper), 1, max(0, round(py - upper)), INK)
        if step % 8 == 0:
            yield
    if name == "very good":
        for step in range(steps + 1):
            _disc(canvas, x + start[0] * unit + step, upper, max(1, _LIP * unit))


def _shape(canvas, x, y, side, corner, colour):
    """Fill a square with round corners: a circle, where they are half of it."""
    for row in range(side):
        away = corner - min(row + 0.5, side - row - 0.5)
        inset = round(corner - sqrt(corner * corner - away * away)) if away > 0 else 0
        canvas.fill_rect(x + inset, y + row, side - 2 * inset, 1, colour)


def _disc(canvas, x, y, radius):
    for row in range(int(y - radius), int(y + radius) + 2):
        away = row + 0.5 - y
        if abs(away) < radius:
            half = sqrt(radius * radius - away * away)
            left = round(x - half)
            canvas.fill_rect(left, row, max(1, round(x + half) - left), 1, INK)
