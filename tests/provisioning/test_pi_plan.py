"""What a technician may want of a Raspberry Pi."""

from zoneinfo import ZoneInfo

import pytest

from collector.failure import Failure
from provisioning.pi import cloud, plan

KYIV = ZoneInfo("Europe/Kyiv")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def test_the_key_of_a_network_is_that_of_the_standard() -> None:
    # IEEE 802.11i, annex H.4.3
    assert plan.wifi("IEEE", "password", "wpa2").secret == (
        "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"
    )


def test_wpa3_takes_the_password_itself_because_it_has_no_such_key() -> None:
    assert plan.wifi("Shop", "correct horse", "wpa3").secret == "correct horse"


def test_a_network_is_printed_without_its_secret() -> None:
    assert "horse" not in repr(plan.wifi("Shop", "correct horse", "wpa3"))


@pytest.mark.parametrize("password", ["", "short", "x" * 64, "пароль-магазину"])
def test_a_password_that_cannot_be(password: str) -> None:
    with pytest.raises(Failure, match="8 to 63"):
        plan.wifi("Shop", password, "wpa2")


def test_a_network_without_a_password_is_open() -> None:
    assert plan.wifi("Shop", None, "wpa3") == plan.Wifi("Shop", "", "open")


@pytest.mark.parametrize(
    ("hours", "at"),
    [
        ({}, "03:30"),
        ({day: [["09:00", "21:00"]] for day in DAYS}, "03:30"),
        ({"sat": [["18:00", "04:00"]]}, "04:30"),
        ({day: [["18:00", "06:00"]] for day in DAYS}, "06:30"),
        ({day: [["00:00", "24:00"]] for day in DAYS}, ""),
        ({day: [["04:00", "03:00"]] for day in DAYS}, "03:30"),
    ],
)
def test_it_restarts_when_the_store_is_closed_on_all_days(hours: dict[str, list[list[str]]], at: str) -> None:
    assert plan.night(hours, KYIV) == at


def test_keys() -> None:
    key = f"ssh-ed25519 {'A' * 68} olha@laptop"
    assert plan.public_keys(f"# mine\n{key}\n\n{key}\n", "x.pub") == (key, key)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            "id is the private half of a key, which stays where it is. Name id.pub.",
        ),
        ("", "no public SSH key"),
        ("ssh-ed25519 short", "no public SSH key"),
        ("hello", "ssh-keygen -t ed25519"),
    ],
)
def test_what_is_no_public_key(text: str, says: str) -> None:
    with pytest.raises(Failure, match=says):
        plan.public_keys(text, "id")


def test_the_kernel_line_keeps_what_it_has() -> None:
    line = "console=tty1 root=PARTUUID=1-02 rootwait resize cfg80211.ieee80211_regdom=GB\n"
    once = cloud.kernel_line(line, "UA")
    assert once == "console=tty1 root=PARTUUID=1-02 rootwait cfg80211.ieee80211_regdom=UA\n"
    assert cloud.kernel_line(once, "UA") == once


@pytest.mark.parametrize("name", ["root", "smilepost", "Olha", "a b", ""])
def test_who_cannot_sign_in(name: str) -> None:
    with pytest.raises(Failure, match="--user"):
        plan.check_user(name)


def test_a_hash_is_no_password() -> None:
    assert plan.check_password("$6$salt$abcdefghijklmnopqrstuvwxyz\n").startswith("$6$")
    with pytest.raises(Failure, match="openssl passwd -6"):
        plan.check_password("letmein")
