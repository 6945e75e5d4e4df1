"""What is written down in more than one place, because no place can read the other, is the same in all of them."""

import ast
import re
from pathlib import Path

import pytest
from hardware import draw
from kiosk.face import face

from collector.insights import faces

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("buttons", range(2, 11))
def test_a_button_has_the_same_face_on_the_kiosk_and_in_the_console(buttons):
    numbers = range(1, buttons + 1)
    shown = [face(button, buttons) for button in numbers]
    assert shown == [faces.face(button, buttons).value.replace("-", " ") for button in numbers]


@pytest.mark.parametrize("board", draw.BOARDS, ids=lambda board: board.file)
def test_every_wire_is_drawn_to_the_pin_that_the_firmware_uses(board):
    module = "rp2_board" if board.file == "pico" else board.file.replace("-", "_")
    rows = [("left", row) for row in board.left_rows] + [("right", row) for row in board.right_rows]
    drawn = {row.part: number(board.names[side, row.pin]) for side, row in rows if row.part not in {"VCC", "GND"}}
    assert drawn == wired(PROJECT / "firmware" / "boards" / f"{module}.py")


def test_every_test_that_the_kiosks_document_names_is_there():
    sources = list((PROJECT / "tests").rglob("*.py"))
    there = {source.name for source in sources}
    there |= {name for source in sources for name in re.findall(r"def (test_\w+)", source.read_text())}
    named = re.findall(r"`(test_\w+(?:\.py)?)(…?)`", (PROJECT / "docs" / "kiosk.md").read_text())
    assert named
    missing = [
        name for name, more in named if not (any(test.startswith(name) for test in there) if more else name in there)
    ]
    assert not missing


def number(name):
    """Return the chip's number of a pin, from what stands beside it: GP2, IO3, GPIO17 or 4."""
    return int(re.search(r"\d+$", name)[0])


def wired(source):
    """Return the pin of each part, by its name in the drawings, from the constants of a board's module.

    Read and not imported: most of these modules need MicroPython.
    """
    constants, pins = {}, {}
    for node in ast.walk(ast.parse(source.read_text())):
        match node:
            case ast.Assign(targets=[ast.Name("BUTTONS" | "LIGHTS" | "SOUNDER" | "SCREEN" | "BATTERY" as name)]):
                constants[name] = ast.literal_eval(node.value)
            case ast.keyword("sck" | "mosi" as contact, ast.Call(ast.Name("Pin"), [ast.Constant(pin)])):
                pins[contact.upper()] = pin
    lights = constants["LIGHTS"]
    names = ["light"] if len(lights) == 1 else [f"light {light}" for light in range(1, len(lights) + 1)]
    pins |= zip(draw.FACES, constants["BUTTONS"], strict=True)
    pins |= zip(names, lights, strict=True)
    pins["sounder"] = constants["SOUNDER"]
    if "SCREEN" in constants:
        pins |= zip(["CS", "DC", "RST", "BL/BUSY"], constants["SCREEN"], strict=True)
    if "BATTERY" in constants:
        pins["divider"] = constants["BATTERY"]
    return pins
