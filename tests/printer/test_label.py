"""A kiosk's label on a receipt printer: it scans, says which kiosk it is and where it stands, and fits."""

import pytest

from printer.escpos import render
from printer.profiles import PROFILES, Profile
from printer.slip import Slip
from tests.printer.makes import Printed
from tests.printer.paper import check

PAGE = "https://feedback.example.com/kiosks/riverside-exit-2"
LABEL = Slip("Riverside", "Exit", PAGE, "riverside-exit-2", "en", kind="label")


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_a_label_scans_to_the_kiosks_page(profile: Profile) -> None:
    [strip] = Printed(render(LABEL, profile, 1).data, profile).strips
    assert check(strip.png).clean == [PAGE]
    assert strip.printed <= 45 * profile.dots_per_mm


def test_a_label_says_which_kiosk_it_is_and_where() -> None:
    profile = PROFILES["epson-80"]
    text = Printed(render(LABEL, profile, 1).data, profile).text
    assert text == ["riverside-exit-2", "Exit · Riverside", "[qr]", PAGE.removeprefix("https://")]


def test_the_longest_label_fits_the_narrowest_paper() -> None:
    profile = PROFILES["other-58"]
    name = "a" * 32
    link = f"https://feedback.the-longest-shop.example.com/kiosks/{name}"
    longest = Slip("Супермаркет «Берегиня» на Ґонти", "Примірювальна", link, name, "en", kind="label")
    [strip] = Printed(render(longest, profile, 1).data, profile).strips
    assert check(strip.png).clean == [link]
