"""The firmware's modules lie as on a board: at the top of the path."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1] / "firmware"), str(HERE)]
