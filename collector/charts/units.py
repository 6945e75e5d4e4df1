"""What is measured, and between which values it lies (pure)."""

import math
from collections.abc import Mapping
from typing import Literal, TypeAlias

#: index  0 … 100, as CSI and NPS of a hundred
#: nps    −100 … 100, as eNPS
#: percent  0 … 100 %
#: count  how many
#: five, seven  the mean of a scale of so many, with one decimal
Unit: TypeAlias = Literal["index", "nps", "percent", "count", "five", "seven"]

#: Between which values each lies.
WITHIN: Mapping[Unit, tuple[float, float]] = {
    "index": (0, 100),
    "nps": (-100, 100),
    "percent": (0, 100),
    "count": (0, math.inf),
    "five": (1, 5),
    "seven": (1, 7),
}
