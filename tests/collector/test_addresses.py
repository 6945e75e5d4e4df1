"""Addresses as people type them."""

from zoneinfo import ZoneInfo

import pytest

from collector.addresses import Address, NoAddress, country_of, digest, is_landline, masked, normalised, zones_of
from collector.settings import Settings

KYIV, WARSAW = ZoneInfo("Europe/Kyiv"), ZoneInfo("Europe/Warsaw")


@pytest.mark.parametrize(
    ("typed", "zone", "value"),
    [
        ("050 123 45 67", KYIV, "+380501234567"),
        (" (050) 123-45-67 ", KYIV, "+380501234567"),
        ("+380 50 123 45 67", WARSAW, "+380501234567"),
        ("00 380 50 123-45-67", KYIV, "+380501234567"),
        ("601 234 567", WARSAW, "+48601234567"),
        ("0151 23456789", ZoneInfo("Europe/Berlin"), "+4915123456789"),
        ("Ann@Example.COM", KYIV, "Ann@example.com"),
        ("ann+shop@пошта.укр", KYIV, "ann+shop@xn--80a1acn3a.xn--j1amh"),
    ],
)
def test_one_form_however_it_was_typed(typed: str, zone: ZoneInfo, value: str) -> None:
    assert normalised(typed, zone).value == value


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "call me",
        "12345",
        "050 123 45 67 ext. 3",
        "ann@",
        "@example.com",
        "ann@localhost",
        "ann@@example.com",
        "a..b@example.com",
        '"ann"@example.com',
        "ann@example.com\r\nBcc: all@example.com",
        "ann@exa mple.com",
        "ann@" + "a" * 64 + ".com",
    ],
)
def test_what_is_no_address(typed: str) -> None:
    with pytest.raises(NoAddress):
        normalised(typed, KYIV)


def test_a_number_without_a_country_needs_a_store() -> None:
    with pytest.raises(NoAddress):
        normalised("050 123 45 67")
    assert normalised("+380501234567") == Address("sms", "+380501234567")


def test_a_digest_is_the_person_s_wherever_they_typed_it(settings: Settings) -> None:
    one = digest(settings, normalised("Ann@Example.com"))
    assert one == digest(settings, normalised("ann@example.COM")) == digest(settings, "ANN@example.com")
    assert one != digest(settings, normalised("bob@example.com"))
    assert b"ann" not in one


def test_a_masked_address_tells_nobody_whose_it_is() -> None:
    assert masked("ann.smith@example.com") == "a•••@example.com"
    assert masked("+380501234567") == "+380•••••67"
    assert masked("12345") == "•••"


def test_a_landline_gets_no_text_message() -> None:
    assert is_landline(normalised("044 123 45 67", KYIV))
    assert not is_landline(normalised("050 123 45 67", KYIV))
    assert not is_landline(normalised("ann@example.com"))


def test_where_somebody_may_live() -> None:
    assert zones_of(normalised("050 123 45 67", KYIV), KYIV) == (KYIV,)
    assert zones_of(normalised("ann@example.com"), KYIV) == (KYIV,)
    assert zones_of(normalised("+48601234567"), KYIV) == (WARSAW,)
    assert len(zones_of(normalised("+12127360123"), KYIV)) > 4


def test_countries() -> None:
    assert country_of(KYIV) == country_of(ZoneInfo("Europe/Kiev")) == "UA"
    assert country_of(ZoneInfo("UTC")) is None
