"""Somebody's own page: a password, other devices, and a second factor that nobody asked for; without scripts."""

from collections.abc import Callable

import pyotp
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from collector.accounts import passwords
from tests.browser import scan
from tests.factories import NOW, Shop, make_account


def sign_in(page: Page, password: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("Name").fill("olha")
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def test_two_devices_a_password_and_a_telephone(
    open_window: Callable[..., Page], engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        make_account(
            connection, riverside.store, "olha", passwords.hash_password("correct horse battery"), role="store"
        )
    desk, tablet = (open_window(scripts=False, width=width) for width in (1280, 360))
    for page in (desk, tablet):
        sign_in(page, "correct horse battery")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Riverside")
    desk.goto("/account")
    devices = desk.get_by_role("region", name="Where you are signed in")
    expect(devices.get_by_role("listitem")).to_have_count(2)
    devices.get_by_role("button", name="Sign out there").click()
    expect(desk.get_by_role("status")).to_contain_text("You are signed out there.")
    expect(devices.get_by_role("listitem")).to_have_count(1)
    tablet.reload()
    expect(tablet.get_by_role("heading", name="Sign in")).to_be_visible()
    # Another password, not the same twice at first.
    for again in ("twelve monkeys", "a dozen monkeys"):
        desk.get_by_label("Current password", exact=True).fill("correct horse battery")
        desk.get_by_label("New password").fill("a dozen monkeys")
        desk.get_by_label("The same once more").fill(again)
        desk.get_by_role("button", name="Keep this password").click()
    expect(desk.get_by_role("status")).to_contain_text("Your new password is in force.")
    desk.get_by_role("link", name="Second factor").click()
    telephone = pyotp.parse_uri(scan(desk.locator("svg.qr")))
    assert isinstance(telephone, pyotp.TOTP)
    desk.get_by_label("Your password").fill("a dozen monkeys")
    desk.get_by_label("Number of six digits").fill(telephone.at(NOW))
    desk.get_by_role("button", name="Use it from now on").click()
    expect(desk.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    recovery = desk.locator(".recovery-codes code").all_inner_texts()
    # On the tablet the new password alone does not do.
    sign_in(tablet, "a dozen monkeys")
    tablet.get_by_label("Number of six digits").fill(recovery[0])
    tablet.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(tablet.get_by_role("heading", level=1)).to_contain_text("Riverside")
    tablet.goto("/account/second-factor")
    expect(tablet.get_by_text("9 recovery codes are left.")).to_be_visible()
    tablet.get_by_label("Number on your telephone, or a recovery code").last.fill(recovery[1])
    tablet.get_by_role("button", name="Take it away").click()
    expect(tablet.get_by_role("status")).to_contain_text("From now on your password alone signs you in.")
