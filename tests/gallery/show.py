"""Sunrise Market, filled, at an address of this machine; and who looks at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ViewportSize
from sqlalchemy import Connection, Engine, update

from collector.accounts.sessions import COOKIE, make_sign_in_link, open_session
from collector.accounts.tables import account
from collector.database import connect, make_engine
from collector.ingest.state import Doing
from collector.links.keys import sign
from collector.settings import Settings
from collector.slips.review import issue_review_slip
from collector.web import create_app
from printer.codes import Case, Poster
from tests.browser import Colours
from tests.collector.intake import say, state
from tests.collector.pages import send
from tests.factories import NOW, add_up
from tests.gallery import past, said, shops, work
from tests.gallery.pages import Page
from tests.gallery.shops import Ids
from tests.serving import served, telling

#: Of customers' links; what a page is asked for at is this machine.
URL = "http://sunrise.example"


@dataclass(frozen=True)
class Show:
    app: Flask
    engine: Engine
    #: What stands in addresses: places and things, by name.
    ids: Ids
    #: Where it is served.
    address: str

    def url(self, page: Page) -> str:
        return self.address + page.path.format_map(self.ids)

    @contextmanager
    def window(
        self, browser: Browser, reader: str, width: int, colours: Colours, language: str = "en-GB"
    ) -> Iterator[BrowserContext]:
        """A browser of somebody who is signed in, of whoever has shown a password alone (`Olena halfway`), or of
        nobody ("")."""
        size: ViewportSize = {"width": width, "height": 800}
        # Nothing moves: neither for the one who looks for contrast nor for the one who draws.
        context = browser.new_context(viewport=size, color_scheme=colours, locale=language, reduced_motion="reduce")
        if reader:
            name, value = self._cookie(reader)
            context.add_cookies([{"name": name, "value": value, "url": self.address}])
        yield context
        context.close()

    def speak(self, reader: str, language: str) -> None:
        """Somebody chooses a language."""
        with self.engine.begin() as connection:
            connection.execute(update(account).where(account.c.name == reader).values(language=language))

    def _cookie(self, reader: str) -> tuple[str, str]:
        name, _, halfway = reader.partition(" ")
        if not halfway:
            with self.engine.begin() as connection:
                return COOKIE, open_session(connection, self.ids[name], "Firefox on Linux")
        client = self.app.test_client()
        send(client, "/sign-in", name=name, password=work.PASSWORD)
        cookie = client.get_cookie(self.app.config["SESSION_COOKIE_NAME"])
        assert cookie
        return cookie.key, cookie.value


@contextmanager
def shown(settings: Settings) -> Iterator[Show]:
    """Have six weeks go by in an empty installation, and show it."""
    settings = replace(
        settings,
        url=URL,
        second_factor="admins",
        smtp="smtp://localhost:2525",
        mail_from="Sunrise Market <hello@sunrise.example>",
        oidc_issuer="https://login.sunrise.example",
        oidc_client_id="smilepost",
        oidc_name="Sunrise Market",
    )
    engine = make_engine(settings)
    ids = fill(engine, settings)
    app = create_app(settings)
    app.extensions["now"] = lambda: NOW
    say(settings, state(Doing.RUNNING))
    with served(app, settings.port) as address, telling(settings):
        yield Show(app, engine, ids, address)
    app.extensions["database"].dispose()
    engine.dispose()


def fill(engine: Engine, settings: Settings) -> Ids:
    """All that happens."""
    with engine.begin() as connection:
        ids = shops.make_places(connection)
        work.invite_people(connection, settings, ids)
        shops.make_kiosks(connection, settings, ids)
        said.make_surveys(connection, ids)
    with connect(settings, autocommit=True) as connection:
        past.press_all(connection, shops.kiosks())
    with engine.begin() as connection:
        shops.trouble_kiosks(connection)
        shops.make_releases(connection, settings, ids)
        shops.make_printers(connection, ids)
        work.set_up(connection, settings, ids)
    said.talk(engine, settings, ids)
    said.handle_cases(engine, settings, ids)
    said.raise_alerts(engine, settings, ids)
    work.ask_for_files(engine, settings, ids)
    with engine.begin() as connection:
        _make_links(connection, settings, ids)
        work.settle(connection)
        add_up(connection)
    return ids


def _make_links(connection: Connection, settings: Settings, ids: Ids) -> None:
    """What customers scan, and what an invitation says."""
    store = ids["Riverside"]
    ids["poster code"] = sign(connection, settings, Poster(ids["Riverside Exit"]))
    ids["receipt code"] = issue_review_slip(connection, settings, store, None, key="shown", now=NOW).code
    ids["case code"] = sign(connection, settings, Case(ids["case"]))
    ids["link"] = make_sign_in_link(connection, "Olena")
