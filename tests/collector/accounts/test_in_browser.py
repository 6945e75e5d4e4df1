"""Signing in with a second factor and by the organisation's sign-on, in a real browser, without scripts of ours."""

from collections.abc import Callable

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine, update

from collector.accounts import passwords
from collector.accounts.tables import account
from simulators.sign_on import Person, SignOn
from tests.browser import Colours, examine, scan, window
from tests.conftest import free_ports
from tests.factories import NOW, Shop, make_account
from tests.serving import served

PASSWORD = "correct horse battery"


@pytest.fixture
def olha(engine: Engine, riverside: Shop) -> int:
    with engine.begin() as connection:
        made = make_account(connection, riverside.store, "olha", passwords.hash_password(PASSWORD))
        connection.execute(update(account).values(email="olha@example.org"))
    return made


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1024)])
def test_from_the_password_to_a_telephone_and_in_again(
    make_app: Callable[..., Flask], chrome: Browser, olha: int, scheme: Colours, width: int
) -> None:
    app = make_app(second_factor="admins")
    with served(app) as address, window(chrome, width, 844, colours=scheme) as page:

        def sign_in() -> None:
            page.goto(f"{address}/sign-in")
            page.get_by_label("Name").fill("olha")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("main").get_by_role("button", name="Sign in").click()

        sign_in()
        expect(page.get_by_role("heading", name="Sign in with your telephone as well")).to_be_visible()
        examine(page)
        # What a telephone's camera reads, the link says, and the typed key too.
        uri = scan(page.locator("svg.qr"))
        assert page.get_by_role("link", name="open the app").get_attribute("href") == uri
        telephone = pyotp.parse_uri(uri)
        assert isinstance(telephone, pyotp.TOTP)
        assert page.locator(".key code").inner_text().replace(" ", "") == telephone.secret
        page.get_by_label("Number of six digits").fill(telephone.at(NOW))
        page.get_by_role("button", name="Use it from now on").click()
        expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
        examine(page)
        recovery = page.locator(".recovery-codes code").all_inner_texts()
        page.get_by_role("link", name="I have them: go on").click()
        page.goto(f"{address}/account")
        page.get_by_role("link", name="Second factor").click()
        expect(page.get_by_text("10 recovery codes are left.")).to_be_visible()
        examine(page)
        page.context.clear_cookies()
        sign_in()
        page.get_by_label("Number of six digits").fill(telephone.at(NOW))  # it has let in already
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("not the one of now")
        examine(page)
        page.get_by_label("Number of six digits").fill(recovery[0])
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("Sign out", exact=True).first).to_be_attached()  # on a phone in the menu


def test_by_the_organisations_sign_on_and_back_to_the_page_that_was_asked_for(
    make_app: Callable[..., Flask], chrome: Browser, olha: int
) -> None:
    provider = SignOn([Person("u-1", "olha@example.org"), Person("u-2", "eve@example.org")])
    ours, theirs = free_ports(2)
    with provider.running(theirs) as issuer:
        address = f"http://localhost:{ours}"
        app = make_app(oidc_issuer=issuer, oidc_client_id="smilepost", oidc_name="Our company", url=address)
        with served(app, ours), window(chrome, 360) as page:
            page.goto(f"{address}/kiosks")
            examine(page)
            page.get_by_role("link", name="Sign in with Our company").click()
            page.get_by_role("button", name="eve@example.org").click()
            expect(page.get_by_role("heading", name="There is no account for you here yet.")).to_be_visible()
            examine(page)
            page.goto(f"{address}/kiosks")
            page.get_by_role("link", name="Sign in with Our company").click()
            page.get_by_role("button", name="olha@example.org").click()
            expect(page).to_have_url(f"{address}/kiosks")
