"""What a slip says fits its paper, and carries nothing but letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printer.profiles import PROFILES
from printer.slip import INVITATION, LANGUAGES, LONGEST, Layout, Slip, TooLong, lay_out
from printer.text import columns
from tests.printer.makes import LOGO, WIDE_LOGO

CODE = "QAAABBGAEAAAAAAQ7K5W2ZJ4N3TA"
WIDTHS = sorted({profile.width for profile in PROFILES.values()})


def slip(**changes: object) -> Slip:
    values = {"shop": "Riverside", "invitation": INVITATION["en"], "link": f"HTTP://LOCALHOST:8080/Q/{CODE}"}
    return Slip(**(values | {"reference": "0042", "language": "en"} | changes))  # type: ignore[arg-type]


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


def test_what_the_shop_changed_is_the_last_line_where_there_is_room() -> None:
    did = "You said: queues. Now a third till."
    with_room = lay_out(slip(reference=None, did=did), 384)
    assert texts(with_room)[-1] == did
    assert (with_room.module, with_room.height <= LONGEST) == (6, True)
    # Whole or not at all, and nothing else becomes smaller for it.
    for crowded in ({"reference": "0042", "did": did}, {"reference": None, "did": "You said: queues. " * 6}):
        assert lay_out(slip(**crowded), 384) == lay_out(slip(**crowded | {"did": None}), 384)


@pytest.mark.parametrize(
    ("language", "copy", "receipt"),
    [
        ("uk", "КОПІЯ", "Чек"),
        ("en", "COPY", "Receipt"),
        ("pl", "KOPIA", "Paragon"),
        ("de", "KOPIE", "Beleg"),
        ("ru", "КОПИЯ", "Чек"),
    ],
)
def test_a_copy_says_so_first_in_the_customer_s_language(language: str, copy: str, receipt: str) -> None:
    lines = texts(lay_out(slip(language=language, invitation=INVITATION[language], copy=True), 384))
    assert lines[0] == f"{copy} · Riverside"
    assert lines[-1] == f"{receipt} 0042"
    assert " ".join(lines[1:3]) == INVITATION[language]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("logo", [None, LOGO, WIDE_LOGO])
def test_six_dots_a_module_within_45_mm(width: int, language: str, logo: str | None) -> None:
    layout = lay_out(slip(language=language, invitation=INVITATION[language], copy=True, logo=logo), width)
    assert layout.module == 6
    assert layout.height <= LONGEST


def test_a_long_host_takes_smaller_modules_not_a_longer_slip() -> None:
    link = f"HTTPS://FEEDBACK.RIVERSIDE-SHOPPING-CENTRE.EXAMPLE.COM/Q/{CODE}"
    layout = lay_out(slip(link=link), 384)
    assert layout.module == 5
    assert layout.height <= LONGEST


def test_the_code_goes_before_the_logo() -> None:
    """Where both have no room, as with a print head of fewer dots, the code stays as large as without."""
    short = 45 * 7
    plain, with_logo = (lay_out(slip(logo=logo), 512, short) for logo in (None, LOGO))
    assert plain.module == with_logo.module == 5
    assert with_logo.above[0].logo is None
    assert lay_out(slip(logo=LOGO), 512).above[0].logo == LOGO


@pytest.mark.parametrize("width", WIDTHS)
def test_modules_are_never_smaller_than_four_dots(width: int) -> None:
    fitting = []

    def grow() -> None:
        for length in range(30, 1000, 10):
            fitting.append(lay_out(slip(link="HTTPS://" + "A" * length), width))

    with pytest.raises(TooLong, match=r"The link has \d+ letters.*: give the collector a shorter address"):
        grow()
    assert {layout.module for layout in fitting} == {6, 5, 4}
    assert all(layout.side <= width and layout.height <= LONGEST for layout in fitting)


def test_a_long_name_ends_in_an_ellipsis() -> None:
    [name, *_] = texts(lay_out(slip(shop="The Very Old and Famous Book Shop by the Riverside"), 384))
    assert name == "The Very Old and Famous Book Sh…"


@given(
    st.text(max_size=60),
    st.text(max_size=60),
    st.sampled_from(WIDTHS),
    st.booleans(),
    st.sampled_from([None, LOGO, WIDE_LOGO]),
)
def test_whatever_a_name_brings_it_fits_the_paper(
    shop: str, reference: str, width: int, copy: bool, logo: str | None
) -> None:
    layout = lay_out(slip(shop=shop, reference=reference, copy=copy, logo=logo), width)
    assert layout.height <= LONGEST
    assert layout.module == 6
    for line in layout.above + layout.below:
        assert columns(line.text) * line.type.width <= width
