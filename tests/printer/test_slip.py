"""What a slip says fits its paper, and carries nothing but letters."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printer.slip import INVITATION, LANGUAGES, LONGEST, Layout, Slip, lay_out

CODE = "QAAABBGAEAAAAAAQ7K5W2ZJ4N3TA"
WIDTHS = (384, 420, 576)


def slip(**changes: object) -> Slip:
    values = {"shop": "Riverside", "invitation": INVITATION["en"], "link": f"HTTP://LOCALHOST:8080/Q/{CODE}"}
    return Slip(**(values | {"reference": "0042", "language": "en"} | changes))


def texts(layout: Layout) -> list[str]:
    return [line.text for line in layout.above + layout.below]


def test_a_slip_in_english() -> None:
    assert texts(lay_out(slip(), 384)) == [
        "Riverside",
        "How was it today? Scan and tell",
        "us: it takes half a minute.",
        "localhost:8080/Q/",
        "QAAA BBGA EAAA AAAQ 7K5W 2ZJ4 N3TA",
        "Receipt 0042",
    ]


def test_a_copy_in_ukrainian_says_so_first() -> None:
    lines = texts(lay_out(slip(language="uk", invitation=INVITATION["uk"], copy=True, reference=None), 384))
    assert lines[0] == "КОПІЯ · Riverside"
    assert lines[-1].startswith("QAAA BBGA")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("copy", [False, True])
def test_six_dots_a_module_within_45_mm(width: int, language: str, copy: bool) -> None:
    layout = lay_out(slip(language=language, invitation=INVITATION[language], copy=copy), width)
    assert layout.module == 6
    assert layout.height <= LONGEST


def test_a_long_host_takes_smaller_modules_not_a_longer_slip() -> None:
    link = f"HTTPS://FEEDBACK.RIVERSIDE-SHOPPING-CENTRE.EXAMPLE.COM/Q/{CODE}"
    layout = lay_out(slip(link=link), 384)
    assert layout.module == 5
    assert layout.height <= LONGEST


def test_a_long_name_ends_in_an_ellipsis() -> None:
    [name, *_] = texts(lay_out(slip(shop="The Very Old and Famous Book Shop by the Riverside"), 384))
    assert name == "The Very Old and Famous Book Sh…"


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(WIDTHS), st.booleans())
def test_whatever_a_name_brings_only_letters_are_printed(shop: str, reference: str, width: int, copy: bool) -> None:
    layout = lay_out(slip(shop=shop, reference=reference, copy=copy), width)
    assert layout.height <= LONGEST
    for line in layout.above + layout.below:
        assert line.text.isprintable()
        assert len(line.text) * line.type.width <= width
