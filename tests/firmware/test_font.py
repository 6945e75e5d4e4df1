"""The letters of a screen come out of their file as they went in."""

import importlib.resources

import pytest
from PIL import ImageFont
from screens import Sheet

# isort: split
import make_font
from kiosk.font import Font

SOURCE = importlib.resources.files("barcode") / "fonts" / "DejaVuSansMono.ttf"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("font") / "mono.font"
    path.write_bytes(make_font.make(SOURCE))
    font = Font(str(path))
    yield font
    font._file.close()


@pytest.mark.parametrize("size", make_font.SIZES)
def test_every_sign_is_drawn_as_the_true_type_font_draws_it(made, size):
    face = ImageFont.truetype(SOURCE, size, layout_engine=ImageFont.Layout.BASIC)
    signs, line = make_font.draw_all(face)
    assert made.line(size) == line
    for sign, drawing in zip([*make_font.SIGNS, "☺"], signs, strict=True):
        sheet = Sheet(64, line)
        assert made.draw(sheet.canvas, 8, 0, sign, size) - 8 == made.width(sign, size) == drawing.advance
        dark = {(x - 8, y) for x in range(64) for y in range(line) if sheet.dark(x, y)}
        assert dark == drawing.dots, sign


def test_a_sign_with_an_accent_is_its_letter_and_the_accent():
    """Only the accent is written down, or the letters would not fit."""
    face = ImageFont.truetype(SOURCE, 28, layout_engine=ImageFont.Layout.BASIC)
    signs, _ = make_font.draw_all(face)
    assert make_font.letter_below(make_font.SIGNS.index("é"), signs)
    assert not make_font.letter_below(make_font.SIGNS.index("e"), signs)
