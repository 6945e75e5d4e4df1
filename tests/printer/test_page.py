"""A slip as one picture: the same as from a printer that takes commands; and the logo beside its name."""

import base64
import io
import itertools
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageOps
from PIL.ExifTags import Base

from printer import page, qr
from printer.escpos import render
from printer.logo import HEIGHT, WIDTH, NotALogo, drawn, fitted
from printer.profiles import PROFILES
from printer.slip import INVITATION, LANGUAGES, LONGEST, Slip
from tests.printer.makes import LOGO, WIDE_LOGO, Printed, face, png
from tests.printer.paper import check, read_links

LINK = "HTTPS://FEEDBACK.EXAMPLE.COM/Q/QAAABBGAEAAAAAAQ7K5W2ZJ4N3TA"


def slip(shop: str = "Річкова", language: str = "uk", **changes: object) -> Slip:
    values: dict[str, object] = {"shop": shop, "invitation": INVITATION[language], "link": LINK, "language": language}
    return Slip(**(values | {"reference": "0042"} | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("key", "language"), list(zip(PROFILES, itertools.cycle(LANGUAGES), strict=False)))
def test_a_page_scans(key: str, language: str) -> None:
    file = page.png(page.page(slip(language=language, logo=LOGO, copy=True), PROFILES[key]))
    assert check(file).clean == [LINK]
    image = Image.open(io.BytesIO(file))
    assert image.mode == "1"
    assert image.width == PROFILES[key].width
    assert image.height <= LONGEST


@pytest.mark.parametrize("key", ["star-80", "star-58"])
@pytest.mark.parametrize("shop", ["Річкова", "קפה Café", "咖啡", "ร้านกาแฟ"])
@pytest.mark.parametrize("logo", [None, LOGO, WIDE_LOGO])
def test_dot_for_dot_what_comes_out_by_commands(key: str, shop: str, logo: str | None) -> None:
    wanted = slip(shop, logo=logo)
    [strip] = Printed(render(wanted, PROFILES[key], 1).data, PROFILES[key]).strips
    assert _ink(Image.open(io.BytesIO(strip.png))) == _ink(page.page(wanted, PROFILES[key]))


def _ink(image: Image.Image) -> list[bytes]:
    """The rows of dots from the first black one to the last, each without the paper left and right of it."""
    grey = image.convert("L")
    _, top, _, bottom = ImageChops.invert(grey).getbbox() or (0, 0, 0, 0)
    return [grey.crop((0, y, grey.width, y + 1)).tobytes().strip(b"\xff") for y in range(top, bottom)]


@pytest.mark.parametrize("module", [1, 4, 6, 10])
def test_a_code_as_png_has_its_quiet_zone(module: int) -> None:
    file = qr.png(qr.symbol(LINK), module)
    image = Image.open(io.BytesIO(file))
    assert image.size == ((29 + 8) * module, (29 + 8) * module)
    assert (ImageChops.invert(image.convert("L")).getbbox() or ())[:2] == (4 * module, 4 * module)
    if module > 1:
        assert read_links(file) == [LINK]


def test_a_code_may_be_sturdier_than_it_must() -> None:
    plain, sturdy = qr.symbol(LINK), qr.symbol(LINK, "Q")
    assert (plain.level, sturdy.level) == ("M", "Q")
    assert sturdy.size > plain.size
    assert read_links(qr.png(sturdy)) == [LINK]


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
@pytest.mark.parametrize("size", [(300, 300), (1500, 400), (400, 1200), (330, 340)])
def test_a_logo_is_fitted(kind: str, size: tuple[int, int]) -> None:
    file = fitted(png(face(size), kind))
    image = Image.open(io.BytesIO(file))
    assert image.mode == "1"
    assert image.height == HEIGHT or image.width == WIDTH
    assert image.height <= HEIGHT
    assert image.width <= WIDTH
    share = image.convert("L").histogram()[0] / (image.width * image.height)
    assert 0.1 < share < 0.9
    assert fitted(file) == file, "what is fitted stays as it is"
    assert len(file) < 1000, "it travels with each slip"


@pytest.mark.parametrize("turned", range(2, 9))
def test_a_photographed_logo_stands_upright(turned: int) -> None:
    """Cameras keep how they were held beside the picture."""
    upright = Image.new("RGB", (300, 120), "white")
    draw = ImageDraw.Draw(upright)
    draw.ellipse((10, 10, 290, 110), outline="black", width=16)
    draw.rectangle((0, 0, 60, 20), fill="black")  # alike from no other side
    exif = Image.Exif()
    exif[Base.Orientation] = turned
    held = io.BytesIO()
    # As the camera held it: turned back by what the mark says.
    stored = ImageOps.exif_transpose(_marked(upright, _BACK.get(turned, turned)))
    stored.save(held, "PNG", exif=exif)
    assert fitted(held.getvalue()) == fitted(png(upright))
    kept = fitted(held.getvalue(), (200, 200), grow=False)
    assert Image.open(io.BytesIO(kept)).width == 200


#: Which turn undoes which, where it is not itself.
_BACK = {6: 8, 8: 6}


def _marked(image: Image.Image, turned: int) -> Image.Image:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[Base.Orientation] = turned
    image.save(file, "PNG", exif=exif)
    return Image.open(file)


def test_a_small_logo_is_kept_as_it_is() -> None:
    small = face((300, 300)).resize((30, 30))
    assert Image.open(io.BytesIO(fitted(png(small)))).height == HEIGHT
    assert Image.open(io.BytesIO(fitted(png(small), (800, 320), grow=False))).height <= 30


def test_grey_becomes_black_or_white_never_dots() -> None:
    grey = Image.linear_gradient("L").resize((320, 72))
    image = drawn(base64.b64encode(fitted(png(grey))).decode()).convert("L")
    edges = sum(image.getpixel((40, y)) != image.getpixel((40, y + 1)) for y in range(image.height - 1))
    assert edges <= 1


def claiming(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and is not."""
    file = png(Image.new("1", (8, 8)))
    header = b"IHDR" + struct.pack(">II", width, height) + file[24:29]
    return file[:12] + header + struct.pack(">I", zlib.crc32(header)) + file[33:]


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (b"", "no picture that can be read"),
        (b"<svg/>", "no picture that can be read"),
        (png(face())[:200], "no picture that can be read"),
        (png(Image.new("L", (50, 50), 255)), "nothing dark"),
        (png(Image.new("RGBA", (50, 50))), "nothing dark"),
        (claiming(30_000, 30_000), "too large"),
        (png(Image.new("1", (2100, 2100))), "too large"),
    ],
)
def test_what_is_no_logo(file: bytes, why: str) -> None:
    with pytest.raises(NotALogo, match=why):
        fitted(file)


@settings(max_examples=50)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_logo_or_are_refused_with_a_sentence(data: bytes) -> None:
    for file in (data, b"\x89PNG\r\n\x1a\n" + data, png(face())[:40] + data):
        try:
            fitted(file)
        except NotALogo as problem:
            assert str(problem).startswith("The ")  # noqa: PT017 - most are refused, a few may be pictures
