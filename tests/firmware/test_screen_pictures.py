"""What a shopper's phone and eyes get from a small screen, and what it costs the board. Only on CPython."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import screens
from PIL import Image, ImageOps
from screens import SIZES, TELL, Sheet

# isort: split
from boards.displays import fitted
from kiosk.page import Page

from printer.qr import symbol
from simulators.device import VM
from simulators.device.compiled import compiled_firmware
from simulators.display import Panel, SSD1681Panel, ST7789Panel
from tests.qr_codes import read

HERE = Path(__file__).parent
LINK = "HTTPS://FEEDBACK.SHOP.EXAMPLE/Q/" + "K7XQ" * 7


def code(link: str, text: list[list[str]]) -> dict:
    made = symbol(link)
    return {"kind": "qr", "size": made.size, "bits": made.packed(), "text": text}


def seen(image: Image.Image) -> Image.Image:
    """As a phone sees a small screen: in its case, which is dark, and larger than its dots."""
    framed = ImageOps.expand(image.convert("L"), 8, 40)
    return framed.resize((3 * framed.width, 3 * framed.height), Image.Resampling.BILINEAR)


@pytest.mark.parametrize("words", [TELL, TELL[1:], []])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_phone_reads_the_code_on_every_screen(width, height, words):
    sheet = Sheet(width, height)
    sheet.draw(code(LINK, words))
    stride = (width + 7) // 8 * 8
    image = Image.frombytes("1", (stride, height), bytes(sheet.dots)).crop((0, 0, width, height))
    assert read(seen(image)) == LINK


@pytest.mark.parametrize("panel", [ST7789Panel(), SSD1681Panel()], ids=["st7789", "ssd1681"])
def test_a_phone_reads_the_code_on_the_glass(panel: Panel):
    driver, last = ("st7789", "backlight") if isinstance(panel, ST7789Panel) else ("ssd1681", "busy")
    display = fitted(driver, panel.spi, panel.cs, panel.dc, panel.rst, getattr(panel, last))
    for _ in Page(display.canvas, display.width, display.height, screens.FONT).draw(code(LINK, TELL)):
        pass
    asyncio.run(display.show())
    assert read(seen(panel.picture())) == LINK


SCRIPT = """
import gc, sys
sys.path[1:1] = sys.argv[1:]
try:
    from sys import print_exception
    gc.collect()
    before = gc.mem_alloc()
    from boards.displays.st7789 import ST7789
    from kiosk.screen import Screen
    from simulators.display import ST7789Panel
    gc.collect()
    panel = ST7789Panel()
    gc.collect()
    bare = gc.mem_alloc()
    screen = Screen(ST7789(panel.spi, panel.cs, panel.dc, panel.rst, panel.backlight))
    gc.collect()
    print("heap", gc.mem_alloc() - bare)
    del screen, panel
except ImportError:
    pass
from binascii import crc32
from screens import *
for width, height in SIZES:
    for picture in (rest(), rest(did=DID), thanks(1), thanks(2), thanks(3), thanks(4), code()[1]):
        print(width, height, picture["kind"], crc32(drawn(picture, width, height).dots))
"""


def test_both_interpreters_draw_the_same_and_the_heap_stays_small(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    root = HERE.parents[1]

    def run(command, firmware):
        done = subprocess.run(
            [*command, str(script), str(firmware), str(root), str(HERE)],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()

    # As a board has it: the letters beside the compiled modules.
    shutil.copytree(compiled_firmware() / "firmware", tmp_path / "firmware")
    shutil.copy(root / "firmware" / "kiosk" / "sans.font", tmp_path / "firmware" / "kiosk")
    heap, *pictures = run(VM, tmp_path / "firmware")
    assert pictures == run([sys.executable], root / "firmware")
    # The canvas, a band of colours, the letters that are being drawn; the VM has 64 bits, a board 32.
    assert int(heap.split()[1]) <= 16 * 1024
