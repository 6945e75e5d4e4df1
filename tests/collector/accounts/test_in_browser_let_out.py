"""Letting people and programs out, in a real browser without scripts: somebody is signed out everywhere, recovery codes
are made anew, a program's token is ended and brought back."""

import re
from collections.abc import Callable

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from collector.accounts import passwords
from collector.accounts.sessions import open_session
from tests.browser import scan
from tests.factories import NOW, Shop, make_account

PASSWORD = "correct horse battery"


@pytest.fixture
def olha(engine: Engine, riverside: Shop) -> int:
    with engine.begin() as connection:
        return make_account(connection, riverside.store, "Olha", passwords.hash_password(PASSWORD), role="store")


def sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("Name").fill("Olha")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def test_somebody_who_lost_a_telephone_is_signed_out_everywhere(
    open_window: Callable[..., Page], engine: Engine, riverside: Shop, olha: int
) -> None:
    with engine.begin() as connection:
        sessions = [open_session(connection, olha) for _ in range(2)]
    theirs = [open_window(session=session, scripts=False, width=360) for session in sessions]
    for page in theirs:
        page.goto("/account")
        expect(page.get_by_role("heading", name="Olha")).to_be_visible()
    admin = open_window(riverside.organisation, scripts=False)
    admin.goto("/people")
    admin.get_by_role("link", name="Olha").click()
    expect(admin.get_by_role("heading", name="Signed in on 2 devices")).to_be_visible()
    expect(admin.get_by_text("They sign in anew then: that is not taken back.")).to_be_visible()
    admin.get_by_role("button", name="Sign out everywhere").click()
    expect(admin.get_by_role("heading", name="Signed in on 2 devices")).to_have_count(0)
    for page in theirs:
        page.reload()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(theirs[0])
    expect(theirs[0].get_by_role("heading", level=1)).to_contain_text("Riverside")
    admin.goto("/audit?kind=people")
    expect(admin.get_by_role("listitem").filter(has_text="signed out everywhere Olha")).to_have_count(1)


def test_recovery_codes_are_made_anew(open_window: Callable[..., Page], olha: int) -> None:
    page = open_window(scripts=False, width=360)
    sign_in(page)
    page.goto("/account/second-factor")
    telephone = pyotp.parse_uri(scan(page.locator("svg.qr")))
    assert isinstance(telephone, pyotp.TOTP)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_label("Number of six digits").fill(telephone.at(NOW))
    page.get_by_role("button", name="Use it from now on").click()
    codes = page.locator(".recovery-codes code")
    old = codes.all_inner_texts()
    page.goto("/account/second-factor")
    code = page.get_by_label("Number on your telephone, or a recovery code").first
    code.fill("000 000")
    page.get_by_role("button", name="Make new ones").click()
    expect(page.get_by_role("alert")).to_be_visible()
    code.fill(old[0])
    page.get_by_role("button", name="Make new ones").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    new = codes.all_inner_texts()
    assert len(new) == 10
    assert not set(new) & set(old)
    page.context.clear_cookies()
    sign_in(page)
    for tried, title in ((old[1], "The number on your telephone"), (new[0], "Riverside")):
        page.get_by_label("Number of six digits").fill(tried)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(title)


def test_a_programs_token_is_ended_and_brought_back(
    app: Flask, open_window: Callable[..., Page], riverside: Shop
) -> None:
    page = open_window(riverside.organisation, scripts=False, width=360)
    page.goto("/tokens")
    page.get_by_label("What is it for?").fill("till 2")
    page.get_by_role("button", name="Make it").click()
    secret = re.search(r"sp_\S+", page.locator("#address").inner_text())
    assert secret

    def lets_in() -> bool:
        answer = app.test_client().get("/api/v1/stores", headers={"Authorization": f"Bearer {secret[0]}"})
        return answer.status_code == 200

    assert lets_in()
    page.get_by_role("link", name="Programs").click()
    page.get_by_role("button", name="End “till 2”").click()
    expect(page.get_by_role("status")).to_contain_text("“till 2” lets nobody in any more.")
    assert not lets_in()
    page.locator("summary", has_text="Ended (1)").click()
    expect(page.get_by_text("can be brought back until 12:02")).to_be_visible()
    page.get_by_role("button", name="Bring back till 2").click()
    expect(page.get_by_role("button", name="End “till 2”")).to_be_visible()
    assert lets_in()
