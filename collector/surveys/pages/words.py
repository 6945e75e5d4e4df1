"""How figures of surveys are said."""

from collections.abc import Callable

from babel.numbers import format_decimal
from flask_babel import get_locale


def decimal(value: float) -> str:
    """4.6."""
    return format_decimal(value, format="#,##0.0", locale=get_locale())


def signed(value: float) -> str:
    """+0.4, −0.7; 0.0 has no sign."""
    return _sign(round(value, 1)) + decimal(abs(value))


def signed_whole(value: float) -> str:
    """+12, −34."""
    return _sign(round(value)) + format_decimal(abs(round(value)), locale=get_locale())


def _sign(value: float) -> str:
    return "−" if value < 0 else "+" if value > 0 else ""


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (decimal, signed, signed_whole)
