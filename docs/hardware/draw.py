"""The drawings of hardware.md: `python docs/hardware/draw.py` writes them anew beside this file.

Which pin does what is in `BOARDS`; it repeats the constants of `firmware/boards/`. A drawing is light or dark as its
reader's browser is, and its words stay words.
"""

from dataclasses import dataclass
from html import escape
from pathlib import Path

FOLDER = Path(__file__).parent

STYLE = """
svg { --paper: #faf8f5; --ink: #1c1b1a; --quiet: #5f5b57; --power: #0b5cad; --line: #dcd7d0; color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #171615; --ink: #e9e6e1; --quiet: #a8a39d; --power: #7fb8f0; --line: #3a3835; }
}
text { font: 14px system-ui, sans-serif; fill: var(--ink); font-variant-numeric: tabular-nums; }
.title { font-size: 20px; font-weight: 600; } .name { font-size: 16px; } .quiet { fill: var(--quiet); }
.power { fill: var(--power); } .strong { font-weight: 600; }
.paper { fill: var(--paper); } .thing { fill: var(--paper); stroke: var(--ink); stroke-width: 2; }
.board { fill: none; stroke: var(--quiet); stroke-width: 2; } .rule { stroke: var(--line); stroke-width: 1; }
.wire { fill: none; stroke: var(--ink); stroke-width: 2; } .feed { stroke: var(--power); }
.casing { fill: none; stroke: var(--ink); stroke-width: 6; } .core { fill: none; stroke-width: 3; }
.dash { fill: none; stroke: var(--quiet); stroke-width: 1.5; stroke-dasharray: 5 4; }
.solid { fill: var(--ink); } .measure { stroke: var(--quiet); stroke-width: 1.5; fill: none; }
.face path, .face .outline { stroke: #1c1b1a; stroke-width: 2.5; stroke-linecap: round; stroke-linejoin: round; }
.face path { fill: none; } .face .eye { fill: #1c1b1a; }
.very-bad path, .very-bad .outline { stroke: #faf8f5; } .very-bad .eye { fill: #faf8f5; }
.very-good path { stroke: #faf8f5; fill: #faf8f5; } .very-good .eye { fill: #faf8f5; }
.face .outline { stroke: var(--ink); }
"""

COLOURS = {"very good": "#0f766e", "good": "#7dd3c0", "bad": "#fbbf24", "very bad": "#b91c1c"}
MOUTHS = {
    "very good": "M12 26 Q24 44 36 26 Z",
    "good": "M16 29 Q24 36 32 29",
    "bad": "M15 32 H33",
    "very bad": "M14 35 Q24 24 34 35",
}
FACES = tuple(COLOURS)


class Drawing:
    """A page on which things are put at their places; the unit is one CSS pixel."""

    def __init__(self, name: str, title: str, says: str, width: int, height: int) -> None:
        self.name, self.title, self.says = name, title, says
        self.width, self.height = width, height
        self.parts: list[str] = []

    def text(self, x: float, y: float, words: str, style: str = "", anchor: str = "start") -> None:
        where = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
        self.parts.append(f'<text {where} class="{style}">{escape(words)}</text>')

    def path(self, d: str, style: str = "wire", colour: str = "") -> None:
        stroke = f' style="stroke: {colour}"' if colour else ""
        self.parts.append(f'<path d="{d}" class="{style}"{stroke}/>')

    def wire(self, d: str, colour: str = "") -> None:
        """A wire; a coloured one has an edge of ink, as every pale colour here."""
        if colour:
            self.path(d, "casing")
            self.path(d, "core", colour)
        else:
            self.path(d)

    def box(self, x: float, y: float, width: float, height: float, style: str = "thing", round_: float = 4) -> None:
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{round_:g}" class="{style}"/>'
        )

    def dot(self, x: float, y: float, radius: float = 4, style: str = "solid") -> None:
        self.parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" class="{style}"/>')

    def ground(self, x: float, y: float) -> None:
        """The sign for ground, below a point."""
        self.path(f"M{x} {y} V{y + 8} M{x - 9} {y + 8} H{x + 9} M{x - 6} {y + 12} H{x + 6} M{x - 3} {y + 16} H{x + 3}")

    def supply(self, x: float, y: float, words: str) -> None:
        """The sign for a supply, above a point."""
        self.path(f"M{x} {y} V{y - 10} M{x - 7} {y - 10} H{x + 7}", "wire feed")
        self.text(x, y - 16, words, "power", "middle")

    def resistor(self, x: float, y: float, words: str, upright: bool = False) -> None:
        """A resistor around its middle: 36 long."""
        if upright:
            self.box(x - 6, y - 18, 12, 36, round_=0)
            self.text(x + 14, y + 5, words)
        else:
            self.box(x - 18, y - 6, 36, 12, round_=0)
            self.text(x, y - 13, words, anchor="middle")

    def capacitor(self, x: float, y: float, words: str) -> None:
        """A capacitor between a point above and one below, 20 from its middle."""
        self.path(
            f"M{x} {y - 20} V{y - 4} M{x - 11} {y - 4} H{x + 11} M{x - 11} {y + 4} H{x + 11} M{x} {y + 4} V{y + 20}"
        )
        self.text(x + 18, y + 5, words)

    def led(self, x: float, y: float, way: int = 1) -> None:
        """A light, around its middle, current to the right (way 1) or to the left (-1)."""
        self.path(f"M{x - 10 * way} {y - 9} V{y + 9} L{x + 8 * way} {y} Z M{x + 8 * way} {y - 9} V{y + 9}", "thing")
        self.path(f"M{x - 3} {y - 13} l6 -7 M{x + 6} {y - 11} l6 -7")

    def switch(self, x: float, y: float) -> None:
        """A contact that is open until pressed, from x - 22 to x + 22."""
        self.dot(x - 18, y)
        self.dot(x + 18, y)
        self.path(f"M{x - 18} {y - 10} H{x + 18} M{x} {y - 10} V{y - 18} M{x - 8} {y - 18} H{x + 8}")

    def piezo(self, x: float, y: float) -> None:
        self.dot(x, y, 14, "thing")
        self.dot(x, y, 4)

    def face(self, x: float, y: float, size: float, name: str) -> None:
        """A face with its upper left corner here."""
        square = name in {"bad", "very bad"}
        shape = 'rect x="3" y="3" width="42" height="42" rx="9"' if square else 'circle cx="24" cy="24" r="21"'
        self.parts.append(
            f'<g class="face {name.replace(" ", "-")}" transform="translate({x:g} {y:g}) scale({size / 48:g})">'
            f'<{shape} class="outline" fill="{COLOURS[name]}"/>'
            f'<circle class="eye" cx="17" cy="19" r="2.6"/><circle class="eye" cx="31" cy="19" r="2.6"/>'
            f'<path d="{MOUTHS[name]}"/></g>'
        )

    def measure(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """A line with an arrow at both ends."""
        along = (5, 0) if y1 == y2 else (0, 5)
        across = (0, 4) if y1 == y2 else (4, 0)
        for x, y, way in ((x1, y1, 1), (x2, y2, -1)):
            end = f"M{x + way * along[0] + across[0]} {y + way * along[1] + across[1]} L{x} {y} "
            self.path(end + f"L{x + way * along[0] - across[0]} {y + way * along[1] - across[1]}", "measure")
        self.path(f"M{x1} {y1} L{x2} {y2}", "measure")

    def save(self) -> None:
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" role="img" aria-labelledby="title desc">\n'
            f'<title id="title">{escape(self.title)}</title>\n<desc id="desc">{escape(self.says)}</desc>\n'
            f"<style>{STYLE}</style>\n"
            f'<rect width="{self.width}" height="{self.height}" class="paper"/>\n'
        )
        body = "\n".join([head, *self.parts, "</svg>\n"])
        (FOLDER / f"{self.name}.svg").write_text(body)


# --- the boards ---


@dataclass(frozen=True)
class Row:
    """A part beside the board. pin: number on its header, None for one that a supply sign feeds."""

    pin: int | None
    part: str  # a face for its button, "light 1", "sounder", "divider", or the name of a contact of the screen


@dataclass(frozen=True)
class Board:
    """A board seen from above; each side's pins from the top, as the maker numbers them."""

    file: str
    title: str
    left: list[int]
    right: list[int]
    names: dict[tuple[str, int], str]  # (side, number) of the pins that are used, and of ground
    left_rows: list[Row]
    right_rows: list[Row]
    note: str
    headers: tuple[str, str] = ("", "")
    usb: str = "top"  # the end that it is at; "" where that says nothing
    pull_ups: bool = False  # whether its buttons, all at the left, need one each


PITCH, TALL, FLAT = 26, 54, 26  # of pins, of parts, of the screen's contacts
LEFT, RIGHT, TOP = 440, 660, 118  # edges of the board
SCREEN = {"VCC", "GND", "SCK", "MOSI", "CS", "DC", "RST", "BL/BUSY"}


def draw_board(board: Board) -> None:
    pins = max(len(board.left), len(board.right))
    heights = [_heights(rows) for rows in (board.left_rows, board.right_rows)]
    tall = max(pins * PITCH + 20, *(sum(column) for column in heights))
    foot = TOP + tall + (74 if board.usb == "bottom" else 44)
    page = Drawing(board.file, f"Wiring of a kiosk: {board.title}", _said(board), 1100, int(foot + 22))
    page.text(24, 40, board.title, "title")
    page.text(24, 64, "Seen from above. Every ground sign goes to one of the board's GND pins.", "quiet")
    page.text(24, foot, board.note, "quiet")
    page.box(LEFT, TOP, RIGHT - LEFT, tall, "board", 12)
    if board.usb:
        y = TOP if board.usb == "top" else TOP + tall
        page.box(526, y - 17, 48, 34)
        page.text(550, y - 28 if board.usb == "top" else y + 36, "USB: 5 V from the supply", "quiet", "middle")
    for name, edge, anchor in zip(board.headers, (LEFT, RIGHT), ("end", "start"), strict=True):
        page.text(edge - 6 if edge == LEFT else edge + 6, TOP - 2, name, "quiet", anchor)
    places = {}
    for side, numbers in (("left", board.left), ("right", board.right)):
        for index, number in enumerate(numbers):
            places[side, number] = TOP + (tall - pins * PITCH) / 2 + PITCH / 2 + index * PITCH
            _pin(page, side, number, places[side, number], board.names.get((side, number)))
    for side, rows, column in (("left", board.left_rows, heights[0]), ("right", board.right_rows, heights[1])):
        # Level with its pins, as far as the board is long.
        levels = [places[side, row.pin] for row in rows if row.pin is not None]
        top = sum(levels) / len(levels) - sum(column) / 2
        _rows(page, side, rows, column, places, min(max(top, TOP), TOP + tall - sum(column)), board.pull_ups)
    page.save()


def _heights(rows: list[Row]) -> list[int]:
    """How tall each row is: the screen's contacts are close together, with room for the screen's name above."""
    heights = []
    for index, row in enumerate(rows):
        if row.part in SCREEN:
            starts = index == 0 or rows[index - 1].part not in SCREEN
            heights.append(FLAT + 52 if starts else FLAT)
        else:
            after = index > 0 and rows[index - 1].part in SCREEN
            heights.append(2 * TALL if row.part == "divider" else TALL + 24 if after else TALL)
    return heights


def _said(board: Board) -> str:
    ends = []
    for side, rows in (("left", board.left_rows), ("right", board.right_rows)):
        for row in rows:
            if row.pin is None:
                continue
            what = (
                f"button {row.part}" if row.part in FACES else f"screen {row.part}" if row.part in SCREEN else row.part
            )
            ends.append(f"{board.names[side, row.pin]} (pin {row.pin}): {what}")
    return "; ".join(ends) + "."


def _pin(page: Drawing, side: str, number: int, y: float, name: str | None) -> None:
    edge, way, anchor = (LEFT, 1, "start") if side == "left" else (RIGHT, -1, "end")
    page.dot(edge, y, 5, "thing" if name is None else "solid")
    if name is not None:
        page.text(edge + 12 * way, y + 5, str(number), "quiet", anchor)
        style = "power" if name in {"3V3", "5V", "VBUS"} else "quiet" if name == "GND" else "strong"
        page.text(edge + 40 * way, y + 5, name, style, anchor)


def _rows(
    page: Drawing,
    side: str,
    rows: list[Row],
    heights: list[int],
    places: dict[tuple[str, int], float],
    top: float,
    pull_ups: bool,
) -> None:
    """The parts of one side, and their wires, of which none crosses another."""
    edge, way = (LEFT, -1) if side == "left" else (RIGHT, 1)
    ends: list[tuple[Row, float]] = []
    for row, height in zip(rows, heights, strict=True):
        # The screen's contacts stand at the foot of their row, below the screen's name; the rest in the middle.
        ends.append(
            (row, top + height - (FLAT if row.part in SCREEN else TALL if row.part != "divider" else height) / 2)
        )
        top += height
    wired = [(places[side, row.pin], y, row) for row, y in ends if row.pin is not None]
    up = [wire for wire in wired if wire[1] < wire[0]]
    down = [wire for wire in reversed(wired) if wire[1] >= wire[0]]
    for wires in (up, down):
        for turn, (start, end, row) in enumerate(wires, start=1):
            x = edge + way * (14 + turn * 8)
            colour = COLOURS.get(row.part, "")
            page.wire(f"M{edge + way * 5} {start} H{x} V{end} H{edge + way * 100}", colour)
    screen = [y for row, y in ends if row.part in SCREEN]
    if screen:
        x = edge + way * 100 - (0 if way > 0 else 190)
        page.box(x, screen[0] - 44, 190, screen[-1] - screen[0] + 62, "thing", 8)
        page.text(x + 95, screen[0] - 22, "screen", "name", "middle")
    for row, y in ends:
        _part(page, row, edge, way, y)
        if pull_ups and row.part in FACES:
            x = edge + way * 90
            page.path(f"M{x} {y} V{y - 36}")
            page.box(x - 5, y - 32, 10, 24, round_=0)
            page.path(f"M{x - 7} {y - 37} H{x + 7}", "wire feed")
            page.dot(x, y)


def _part(page: Drawing, row: Row, edge: float, way: int, y: float) -> None:
    """One part; its wire comes in 100 from the board's edge, its own ground is at its far end."""
    x = edge + way * 100

    def at(distance: float) -> float:
        return x + way * distance

    anchor = "end" if way < 0 else "start"
    if row.part in SCREEN:
        if row.pin is None:
            page.text(
                at(-8),
                y + 5,
                {"VCC": "3V3", "GND": "GND"}[row.part],
                "power" if row.part == "VCC" else "quiet",
                "start" if way < 0 else "end",
            )
        page.dot(x, y, 4)
        page.text(at(14), y + 5, row.part, "", anchor)
        return
    if row.part in FACES:
        page.path(f"M{at(0)} {y} H{at(12)} M{at(48)} {y} H{at(70)} V{y + 6}")
        page.switch(at(30), y)
        page.ground(at(70), y + 4)
        words, number = row.part, f"button {FACES.index(row.part) + 1}"
        page.face(at(92) - (36 if way < 0 else 0), y - 18, 36, row.part)
        page.text(at(140), y - 2, words, "name", anchor)
        page.text(at(140), y + 16, number, "quiet", anchor)
    elif row.part.startswith("light"):
        page.path(f"M{at(0)} {y} H{at(96)} V{y + 6}")
        page.resistor(at(30), y, "330 Ω")
        page.led(at(72), y, way)
        page.ground(at(96), y + 4)
        page.text(at(140), y + 5, row.part, "name", anchor)
    elif row.part == "sounder":
        page.path(f"M{at(0)} {y} H{at(96)} V{y + 6}")
        page.resistor(at(28), y, "330 Ω")
        page.piezo(at(70), y)
        page.ground(at(96), y + 4)
        page.text(at(140), y + 5, "sounder, piezo", "name", anchor)
    elif row.part == "divider":
        page.path(f"M{at(0)} {y} H{at(40)} M{at(40)} {y - 44} V{y + 44} M{at(40)} {y} H{at(130)}")
        page.box(at(40) - 6, y - 40, 12, 34, round_=0)
        page.box(at(40) - 6, y + 8, 12, 34, round_=0)
        page.dot(at(40), y)
        page.text(at(54), y - 18, "1 MΩ")
        page.text(at(54), y + 30, "1 MΩ")
        page.supply(at(40), y - 44, "cell +")
        page.ground(at(40), y + 42)
        page.capacitor(at(130), y + 22, "100 nF")
        page.ground(at(130), y + 42)
        page.text(at(150), y - 8, "battery boards only", "quiet")


def _sides(left: dict[int, str], right: dict[int, str]) -> dict[tuple[str, int], str]:
    return {("left", number): name for number, name in left.items()} | {
        ("right", number): name for number, name in right.items()
    }


BUTTONS_AND_LIGHTS = [*FACES, "light 1", "light 2", "light 3", "light 4"]

BOARDS = [
    Board(
        "pico",
        "Raspberry Pi Pico W and Pico 2 W",
        left=list(range(1, 21)),
        right=list(range(40, 20, -1)),
        names=_sides(
            {3: "GND", 4: "GP2", 5: "GP3", 6: "GP4", 7: "GP5", 8: "GND", 9: "GP6", 10: "GP7", 11: "GP8", 12: "GP9"}
            | {13: "GND", 18: "GND"},
            {40: "VBUS", 38: "GND", 36: "3V3", 33: "GND", 31: "GP26", 29: "GP22", 28: "GND", 27: "GP21", 26: "GP20"}
            | {25: "GP19", 24: "GP18", 23: "GND", 22: "GP17"},
        ),
        left_rows=[Row(pin, part) for pin, part in zip([4, 5, 6, 7, 9, 10, 11, 12], BUTTONS_AND_LIGHTS, strict=True)],
        right_rows=[
            Row(36, "VCC"),
            Row(33, "GND"),
            Row(31, "BL/BUSY"),
            Row(29, "RST"),
            Row(27, "DC"),
            Row(26, "CS"),
            Row(25, "MOSI"),
            Row(24, "SCK"),
            Row(22, "sounder"),
        ],
        note="The screen is optional. BL (backlight) of an ST7789, BUSY of an SSD1681 e-paper.",
    ),
    Board(
        "esp32-s3",
        "ESP32-S3 (DevKitC-1)",
        left=list(range(1, 23)),
        right=list(range(1, 23)),
        headers=("J1", "J3"),
        usb="bottom",
        names=_sides(
            {1: "3V3", 4: "4", 5: "5", 6: "6", 7: "7", 8: "15", 9: "16", 10: "17", 11: "18", 12: "8", 15: "9"}
            | {16: "10", 17: "11", 18: "12", 19: "13", 20: "14", 21: "5V", 22: "GND"},
            {1: "GND", 4: "1", 21: "GND", 22: "GND"},
        ),
        left_rows=[
            *(Row(pin, part) for pin, part in zip([4, 5, 6, 7, 8, 9, 10, 11], BUTTONS_AND_LIGHTS, strict=True)),
            Row(12, "sounder"),
            Row(15, "DC"),
            Row(16, "CS"),
            Row(17, "MOSI"),
            Row(18, "SCK"),
            Row(19, "BL/BUSY"),
            Row(20, "RST"),
            Row(None, "VCC"),
            Row(None, "GND"),
        ],
        right_rows=[Row(4, "divider")],
        note="Each button has 100 kΩ to 3V3 (the blue bar). Screen, optional: BL of an ST7789, BUSY of an SSD1681.",
        pull_ups=True,
    ),
    Board(
        "esp32-c3",
        "ESP32-C3 (DevKitM-1)",
        left=list(range(1, 16)),
        right=list(range(1, 16)),
        headers=("J1", "J3"),
        usb="bottom",
        names=_sides(
            {1: "GND", 5: "IO3", 6: "GND", 8: "GND", 9: "IO0", 10: "IO1", 11: "IO10", 12: "GND", 13: "5V", 15: "GND"},
            {1: "GND", 4: "GND", 7: "GND", 10: "IO5", 11: "IO4", 12: "GND", 15: "GND"},
        ),
        left_rows=[Row(5, "bad"), Row(9, "very good"), Row(10, "good"), Row(11, "light")],
        right_rows=[Row(10, "sounder"), Row(11, "very bad")],
        note="One light for all buttons; no screen. IO2, IO8 and IO9 choose how the chip starts: leave them free.",
    ),
    Board(
        "raspberry-pi",
        "Raspberry Pi, 40-pin header",
        left=list(range(1, 41, 2)),
        right=list(range(2, 41, 2)),
        names=_sides(
            {1: "3V3", 9: "GND", 11: "GPIO17", 13: "GPIO27", 15: "GPIO22", 25: "GND", 29: "GPIO5", 31: "GPIO6"}
            | {33: "GPIO13", 35: "GPIO19", 39: "GND"},
            {2: "5V", 6: "GND", 14: "GND", 16: "GPIO23", 20: "GND", 30: "GND", 32: "GPIO12", 34: "GND"},
        ),
        left_rows=[
            Row(11, "very good"),
            Row(13, "good"),
            Row(15, "bad"),
            Row(29, "light 1"),
            Row(31, "light 2"),
            Row(33, "light 3"),
            Row(35, "light 4"),
        ],
        right_rows=[Row(16, "very bad"), Row(32, "sounder")],
        note="Pin 1 is at the end away from the USB sockets. With a touch screen alone, none of this is needed.",
        headers=("odd", "even"),
        usb="",
    ),
]


# --- the circuits behind the signs ---


def draw_circuits() -> None:
    page = Drawing(
        "circuits",
        "Five small circuits",
        "A button on a short wire; a button on a long wire with pull-up, series resistor, capacitor and suppressor; "
        "a light straight from a pin; a bright light through a transistor; a piezo sounder.",
        1100,
        800,
    )

    _button_circuits(page)
    page.path("M24 236 H1076", "rule")
    _light_circuits(page)
    page.path("M24 556 H1076", "rule")
    _sounder_circuit(page)
    _head(page, 500, 600, "What must not be", "")
    for index, words in enumerate(
        (
            "No 5 V on any pin: they stand 3.3 V and no more.",
            "No coil (relay, magnetic sounder) on a pin: through the transistor above,",
            "with a diode 1N4148 across the coil, its ring towards 5 V.",
            "No 12 V buttons: their lights are dark at 5 V.",
            "No earth of the mains on the kiosk's ground.",
        )
    ):
        page.text(500, 630 + 24 * index, words)
    page.save()


def _head(page: Drawing, x: float, y: float, title: str, below: str) -> None:
    page.text(x, y, title, "name strong")
    page.text(x, y + 22, below, "quiet")


def _board_pin(page: Drawing, x: float, y: float) -> None:
    page.dot(x, y, 5)
    page.text(x - 12, y + 5, "pin", "strong", "end")


def _button_circuits(page: Drawing) -> None:
    _head(page, 24, 40, "Button, wire up to 30 cm", "The board's own pull-up holds the pin high.")
    _board_pin(page, 80, 130)
    page.path("M80 130 H162 M198 130 H260 V136")
    page.switch(180, 130)
    page.ground(260, 134)

    _head(page, 500, 40, "Button, longer wire", "All but the button sits beside the board, the suppressor at the plug.")
    _board_pin(page, 560, 140)
    page.path("M560 140 H712 M748 140 H932 M610 108 V140 M655 140 V152")
    page.supply(610, 108, "3V3")
    page.box(604, 102, 12, 32, round_=0)
    page.text(596, 123, "4.7 kΩ", anchor="end")
    page.dot(610, 140)
    page.dot(655, 140)
    page.capacitor(655, 168, "100 nF")
    page.ground(655, 188)
    page.resistor(730, 140, "470 Ω")
    page.dot(800, 140)
    page.path("M800 140 V156 M789 161 V156 H811 V151 M800 156 L790 172 H810 Z M800 172 V188")  # its cathode to the wire
    page.text(820, 178, "TVS 5 V")
    page.ground(800, 188)
    page.path("M850 112 V158", "dash")
    page.text(856, 112, "cable, twisted with its ground", "quiet")
    page.path("M968 140 H1030 V146")
    page.switch(950, 140)
    page.ground(1030, 144)


def _light_circuits(page: Drawing) -> None:
    _head(page, 24, 280, "Light, straight from a pin", "Red or amber: (3.3 V − 2.0 V) / 330 Ω = 3.9 mA.")
    _board_pin(page, 80, 370)
    page.path("M80 370 H260 V376")
    page.resistor(140, 370, "330 Ω")
    page.led(205, 370)
    page.ground(260, 374)

    _head(
        page,
        500,
        280,
        "Bright light, any colour",
        "White: (5 V − 3.0 V − 0.1 V) / 120 Ω = 16 mA; the pin gives 2.6 mA.",
    )
    _board_pin(page, 540, 446)
    page.path("M540 446 H672")
    page.resistor(590, 446, "1 kΩ")
    page.dot(640, 446)
    page.path("M640 446 V458 M640 494 V504")
    page.resistor(640, 476, "", upright=True)
    page.text(628, 481, "10 kΩ", anchor="end")
    page.ground(640, 502)
    page.dot(684, 446, 22, "thing")
    page.path("M674 432 V460 M640 446 H674 M674 440 L694 424 M674 452 L694 470")
    page.path("M694 470 l-9 -2 l5 -6 Z", "thing")
    page.path("M694 424 V346 H930 M694 470 V500")
    page.ground(694, 500)
    page.text(714, 451, "BC337 or 2N2222")
    page.resistor(760, 346, "120 Ω")
    page.led(850, 346, -1)
    page.supply(930, 346, "5 V")
    page.text(714, 400, "An illuminated 5 V button has its resistor inside:", "quiet")
    page.text(714, 420, "it takes the place of both.", "quiet")


def _sounder_circuit(page: Drawing) -> None:
    _head(page, 24, 600, "Sounder", "330 Ω keep the pin's peak at 10 mA; 100 kΩ drain")
    page.text(24, 644, "what a knock on the piezo disc makes.", "quiet")
    _board_pin(page, 80, 702)
    page.path("M80 702 H290 M230 702 V712 M230 748 V760 M290 702 V716 M290 744 V760")
    page.resistor(140, 702, "330 Ω")
    page.dot(230, 702)
    page.resistor(230, 730, "", upright=True)
    page.text(218, 735, "100 kΩ", anchor="end")
    page.piezo(290, 730)
    page.ground(230, 756)
    page.ground(290, 756)


def draw_battery() -> None:
    page = Drawing(
        "battery",
        "Power of a battery kiosk (ESP32-S3)",
        "USB 5 volts to a charger; the charger to a protected lithium-ion cell; through a fuse to a regulator of "
        "3.3 volts; from there to the board's 3V3 pin. Two resistors of 1 megohm bring half the cell's voltage to "
        "GPIO 1.",
        1100,
        400,
    )
    page.text(24, 40, "Power of a battery kiosk (ESP32-S3)", "title")
    page.text(24, 64, "The module gets 3.3 V at its 3V3 pin; USB is plugged in to charge, not to run.", "quiet")

    def block(x: float, width: float, name: str, *below: str) -> None:
        page.box(x, 120, width, 60, "thing", 8)
        page.text(x + width / 2, 156, name, "name", "middle")
        for index, words in enumerate(below):
            page.text(x + width / 2, 204 + 20 * index, words, "quiet", "middle")

    page.path("M124 150 H170 M330 150 H380", "wire feed")
    block(24, 100, "USB 5 V", "socket at the", "kiosk's foot")
    block(170, 160, "charger", "4.2 V, 500 mA", "with a thermistor", "on the cell")
    block(380, 150, "cell", "18650, 3,000 mAh,", "with protection")
    page.path("M530 150 H720 M870 150 H930", "wire feed")
    page.box(590, 141, 50, 18)
    page.text(615, 130, "fuse 0.75 A", anchor="middle")
    block(720, 150, "regulator 3.3 V", "≥ 500 mA, ≤ 5 µA", "for itself", "(RT9080-33)")
    block(930, 146, "ESP32-S3", "3V3 pin")
    page.dot(900, 150)
    page.path("M900 150 V240")
    page.capacitor(900, 260, "470 µF")
    page.text(918, 285, "+ 100 nF")
    page.ground(900, 280)
    page.dot(680, 150)
    page.path("M680 150 V330 M680 318 H1040 V180")
    page.box(674, 250, 12, 36, round_=0)
    page.text(664, 273, "1 MΩ", anchor="end")
    page.dot(680, 318)
    page.box(674, 330, 12, 34, round_=0)
    page.text(664, 352, "1 MΩ", anchor="end")
    page.ground(680, 364)
    page.path("M780 318 V330")
    page.dot(780, 318)
    page.capacitor(780, 344, "100 nF")
    page.ground(780, 364)
    page.text(1030, 310, "GPIO 1", "strong", "end")
    page.save()


def draw_front() -> None:
    page = Drawing(
        "front",
        "The front and where it stands",
        "Four caps 50 millimetres wide, 80 millimetres from centre to centre: round for very good and good, square for "
        "bad and very bad. Their centres are 900 to 1100 millimetres above the floor, before it 900 by 1300 "
        "millimetres of free floor.",
        1100,
        600,
    )
    page.text(24, 40, "The front and where it stands", "title")
    page.text(
        24, 64, "Millimetres. Round caps are good, square ones bad: told apart by touch and in one colour.", "quiet"
    )
    # Front, 1.4 px a millimetre.
    page.box(40, 110, 504, 330, "thing", 16)
    page.box(222, 130, 140, 140, "thing", 4)
    page.text(292, 196, "screen", "name", "middle")
    page.text(292, 216, "(optional)", "quiet", "middle")
    for index, name in enumerate(FACES):
        centre = 124 + index * 112
        page.face(centre - 40, 300, 80, name)
        page.text(centre, 408, name, "name", "middle")
    page.measure(124, 290, 236, 290)
    page.box(164, 280, 32, 18, "paper", 0)
    page.text(180, 294, "80", "", "middle")
    page.path("M420 346 V462 M500 346 V462", "dash")
    page.measure(420, 462, 500, 462)
    page.text(512, 467, "50")
    page.text(40, 506, "Caps stand 3 to 5 out, with rounded edges; the face is raised or", "quiet")
    page.text(40, 528, "cut by 1, in ink. Between two caps there are 30 of plain front.", "quiet")
    # Side, 0.32 px a millimetre.
    floor, scale, base = 540, 0.32, 610
    low, high = floor - 900 * scale, floor - 1100 * scale
    page.path(f"M{base} {floor} H1076", "wire")
    page.path(f"M{base} {low} H1076 M{base} {high} H1076", "dash")
    page.text(base, high - 8, "1,100", "quiet")
    page.text(base, low + 18, "900", "quiet")
    page.text(770, 128, "The caps' centres are between these lines;")
    page.text(770, 148, "the front leans back 15° to 30°.")
    page.path(f"M950 {floor} V{low - 20} M920 {floor} H980", "wire")
    page.path(f"M914 {low - 8} L950 {high - 10} L972 {high + 3} L936 {low + 6} Z", "thing")
    # A wheelchair user, as simple as a sign.
    page.dot(722, floor - 1250 * scale, 17, "thing")
    page.path(f"M718 {floor - 1180 * scale} L712 {floor - 550 * scale} H782 L796 {floor - 140 * scale} H818", "wire")
    page.path(f"M718 {floor - 1090 * scale} L790 {floor - 860 * scale} L912 {low - 22}", "wire")
    page.dot(716, floor - 300 * scale, 300 * scale, "measure")
    page.measure(640, floor + 22, 950, floor + 22)
    page.text(795, floor + 46, "free floor 900 wide and 1,300 deep, without a step", "quiet", "middle")
    page.save()


def main() -> None:
    for board in BOARDS:
        draw_board(board)
    draw_circuits()
    draw_battery()
    draw_front()


if __name__ == "__main__":
    main()
