"""Sheets of A4 that fill from the top down (pure)."""

from dataclasses import dataclass, field

from collector.posters.layout import Item, Line, block, fit

ACROSS, DOWN, MARGIN = 210.0, 297.0, 20.0
INNER = ACROSS - 2 * MARGIN
#: Nothing but the foot stands below.
FLOOR = DOWN - 25.0
RULE = "#dcd7d0"


@dataclass
class Flow:
    """Sheets that fill from the top down."""

    sheets: list[list[Item]] = field(default_factory=lambda: [[]])
    y: float = MARGIN

    def room(self, height: float) -> bool:
        """Have so much room; whether a further sheet was begun for it."""
        if self.y + height <= FLOOR:
            return False
        self.sheets.append([])
        self.y = MARGIN
        return True

    def add(self, *items: Item) -> None:
        self.sheets[-1].extend(items)

    def title(self, text: str) -> None:
        said = fit(text, INNER, sizes=(13, 10), most=1, bold=True)
        self.add(*block(said, MARGIN, self.y, bold=True))
        self.y += 9

    def rule(self) -> None:
        self.add(Line(((MARGIN, self.y), (ACROSS - MARGIN, self.y)), RULE))
        self.y += 7
