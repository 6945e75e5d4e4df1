"""Whether settings from afar are of use. This is loaded when there are some, and then forgotten again."""

from kiosk import const
from kiosk.settings import is_code

_QUESTIONS = const(7)  # one for each day at most


def usable(values):
    """Return whether every setting is one that the kiosk can live with."""
    questions, reasons, code = values["questions"], values["reasons"], values["qr"]
    return (
        _within(values["buttons"], 1, 10)
        and isinstance(values["bad"], list)
        and _list(values["languages"], lambda language: isinstance(language, str))
        and all([_texts(values[name]) for name in ("question", "thanks", "tell", "did")])
        and _list(questions, _texts, _QUESTIONS - 1)
        and _list(values["weekdays"], lambda index: _within(index, 0, len(questions)), 7, 7)
        and isinstance(reasons, dict)
        and all([_list(reasons.get(name, []), _texts, 6) for name in ("good", "bad")])
        and _within(values["light"], 1, 100)  # never dark: the light is the promise
        and _within(values["sound"], 0, 100)
        and _within(values["repeat"], 0, 600_000)
        and (values["hours"] is None or _list(values["hours"], lambda day: _list(day, _pair), 7, 7))
        and _list(values["offsets"], _pair)
        and (code is None or is_code(code))
    )


def _within(value, least, most):
    return type(value) is int and least <= value <= most


def _list(value, usable, most=100, least=0):
    return isinstance(value, list) and least <= len(value) <= most and all([usable(item) for item in value])


def _texts(value):
    return isinstance(value, dict) and all([isinstance(words, str) for words in value.values()])


def _pair(value):
    return _list(value, lambda number: type(number) is int, 2, 2)
