"""Student's t, for the tests of `compare`: by the regularised incomplete beta function."""

import math

_TINY, _ROUNDS = 1e-300, 500


def t_two_sided(t: float, freedom: float) -> float:
    """How likely it is that a Student's t with so many degrees of freedom lies as far from 0 as `t`, or farther."""
    return _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))


def t_quantile(share: float, freedom: float) -> float:
    """The value under which `share` of the distribution lies; `share` is between 0.5 and 1."""
    low, high = 0.0, 1.0
    while t_two_sided(high, freedom) > 2 * (1 - share):
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        if t_two_sided(middle, freedom) > 2 * (1 - share):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _incomplete_beta(a: float, b: float, x: float) -> float:
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Its continued fraction (Abramowitz and Stegun, 26.5.8), from the front (Lentz)."""
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = d
    for n in range(1, _ROUNDS):
        for step in (
            n * (b - n) * x / ((a + 2 * n - 1) * (a + 2 * n)),
            -(a + n) * (a + b + n) * x / ((a + 2 * n) * (a + 2 * n + 1)),
        ):
            d = 1 / _not_zero(1 + step * d)
            c = _not_zero(1 + step / c)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
