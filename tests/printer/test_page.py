"""A slip as one picture: the same as from a printer that takes commands; and the logo beside its name."""

import base64
import io
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from printer import page, qr
from printer.escpos import render
from printer.logo import NotALogo, drawn, fitted
from printer.profiles import PROFILES
from printer.slip import INVITATION, LANGUAGES, LOGO_HEIGHT, LOGO_WIDTH, LONGEST, Slip
from tests.printer.makes import LOGO, WIDE_LOGO, Printed, face, png
from tests.printer.paper import check, read_links

LINK = "HTTPS://FEEDBACK.EXAMPLE.COM/Q/QAAABBGAEAAAAAAQ7K5W2ZJ4N3TA"


def slip(shop: str = "Річкова", language: str = "uk", **changes: object) -> Slip:
    values: dict[str, object] = {"shop": shop, "invitation": INVITATION[language], "link": LINK, "language": language}
    return Slip(**(values | {"reference": "0042"} | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("key", "language"), list(zip(PROFILES, itertools.cycle(LANGUAGES), strict=False)))
def test_a_page_scans(key: str, language: str) -> None:
    file = page.png(slip(language=language, logo=LOGO, copy=True), PROFILES[key])
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


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
@pytest.mark.parametrize("size", [(300, 300), (1500, 400), (400, 1200), (330, 340)])
def test_a_logo_is_fitted(kind: str, size: tuple[int, int]) -> None:
    file = fitted(png(face(size), kind))
    image = Image.open(io.BytesIO(file))
    assert image.mode == "1"
    assert image.height == LOGO_HEIGHT or image.width == LOGO_WIDTH
    assert image.height <= LOGO_HEIGHT
    assert image.width <= LOGO_WIDTH
    share = image.convert("L").histogram()[0] / (image.width * image.height)
    assert 0.1 < share < 0.9
    assert fitted(file) == file, "what is fitted stays as it is"
    assert len(file) < 1000, "it travels with each slip"


def test_grey_becomes_black_or_white_never_dots() -> None:
    grey = Image.linear_gradient("L").resize((320, 72))
    image = drawn(base64.b64encode(fitted(png(grey))).decode()).convert("L")
    edges = sum(image.getpixel((40, y)) != image.getpixel((40, y + 1)) for y in range(image.height - 1))
    assert edges <= 1


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (b"", "no picture that can be read"),
        (b"<svg/>", "no picture that can be read"),
        (png(face())[:200], "no picture that can be read"),
        (png(Image.new("L", (50, 50), 255)), "nothing dark"),
        (png(Image.new("RGBA", (50, 50))), "nothing dark"),
        (png(Image.new("1", (30_000, 30_000))), "too large"),
        (png(Image.new("1", (2100, 2100))), "too large"),
    ],
)
def test_what_is_no_logo(file: bytes, why: str) -> None:
    with pytest.raises(NotALogo, match=why):
        fitted(file)


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_logo_or_are_refused_with_a_sentence(data: bytes) -> None:
    for file in (data, b"\x89PNG\r\n\x1a\n" + data, png(face())[:40] + data):
        try:
            fitted(file)
        except NotALogo as problem:
            assert str(problem).startswith("The ")  # noqa: PT017 - most are refused, a few may be pictures
