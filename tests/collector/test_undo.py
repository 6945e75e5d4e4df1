"""Whatever a page ends is brought back by the line that says so, and by the list of what ended; or the page says first
why it is for good. Every address of the console that ends something is in one of the two tables below."""

import html
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, Row, insert, select, text, update

from collector.accounts.sessions import open_session
from collector.accounts.tokens import find_token, make_token
from collector.alerts.policy import AlertPolicy
from collector.board.links import make_link, place_of_link
from collector.cases.rules.policy import CasePolicy
from collector.cases.settings import replies
from collector.contacts.policy import ContactPolicy
from collector.fleet.settings.choices import Choices
from collector.fleet.tables import touchpoint_photo
from collector.improvements.changes import add as say
from collector.insights.tables import segment
from collector.money.policy import MoneyPolicy, Worth
from collector.notify.tables import webhook
from collector.own_words.definition import Names, OwnWords
from collector.personal.retention import erase_expired
from collector.policies.queries import give_policy
from collector.press_filter.policy import FilterPolicy, Repeat
from collector.reports.subscriptions import subscribe
from collector.slips.tables import printer
from collector.surveys.default import ensure_default
from collector.surveys.queries import survey_at
from collector.undo import SECRETS_FOR
from collector.voices.themes.policy import ThemePolicy
from tests.collector.customers import words
from tests.collector.pages import send
from tests.collector.surveys.asking import EVERYTHING, ask
from tests.factories import NOW, Shop, make_account, make_kiosk, make_shop

Browser = Callable[..., FlaskClient]


class Deed(NamedTuple):
    """One thing that a page ends."""

    #: The page on which the button stands, and the list of what ended; and where the button leads.
    page: str
    to: str
    #: A query whose answer shows whether it is there.
    shows: str
    form: Mapping[str, str] = MappingProxyType({})
    #: Where what ended is listed, if not on the same page.
    listed: str = ""


def policy(kind: str, address: str, to: str, **form: str) -> Deed:
    newest = f"SELECT definition FROM policy WHERE kind = '{kind}' ORDER BY version DESC LIMIT 1"  # noqa: S608 - ours
    return Deed(f"/places/{{store}}/{address}", f"/places/{{store}}/{to}", newest, form)


ABOVE = {"above": "1"}
#: By the endpoint that ends it.
DEEDS: dict[str, Deed] = {
    "tokens.end": Deed("/tokens", "/tokens/1/end", "SELECT ended_at IS NULL FROM api_token"),
    "board.end_link": Deed(
        "/places/{store}/board/links", "/board-links/1/end", "SELECT ended_at IS NULL FROM board_link"
    ),
    "places.end": Deed(
        "/places", "/places/{empty}/end", "SELECT ended_at IS NULL FROM place WHERE name = 'Region of Harbour'"
    ),
    "touchpoints.change": Deed(
        "/places/{store}",
        "/places/{store}/touchpoints/{checkout}",
        "SELECT ended_at IS NULL FROM touchpoint WHERE id = {checkout}",
        {"do": "end", "name": "Checkout"},
    ),
    "people.end": Deed(
        "/people/{olha}", "/people/{olha}/end", "SELECT ended_at IS NULL FROM account WHERE name = 'Olha'"
    ),
    "reports.end": Deed("/reports", "/reports/1/end", "SELECT ended_at IS NULL FROM report"),
    "segments.end": Deed("/segments/1", "/segments/1/end", "SELECT ended_at IS NULL FROM segment", listed="/segments"),
    "improvements.end_one": Deed(
        "/places/{store}/improvements", "/improvements/1/end", "SELECT until, begun_at, ended_at FROM improvement"
    ),
    "replies.change": Deed(
        "/places/{store}/replies",
        "/places/{store}/replies/1",
        "SELECT retired_at IS NULL FROM reply_template",
        {"take_away": "1"},
    ),
    "printers.take_away": Deed(
        "/printers/1",
        "/printers/1/take-away",
        "SELECT retired_at IS NULL FROM printer WHERE id = 1",
        listed="/stores/{store}/printers",
    ),
    "messages.end_webhook": Deed("/messages/webhooks/1", "/messages/webhooks/1/end", "SELECT active FROM webhook"),
    "fleet.remove_photo": Deed(
        "/kiosks/exit-1", "/kiosks/exit-1/photos/1/remove", "SELECT removed_at IS NULL FROM touchpoint_photo"
    ),
    "surveys.retire": Deed(
        "/surveys/{survey}",
        "/surveys/{survey}/retire",
        "SELECT retired_at IS NULL FROM survey WHERE id = {survey}",
        listed="/places/{store}/surveys",
    ),
    "questions.remove": Deed(
        "/surveys/{survey}",
        "/surveys/{survey}/questions/2/remove",
        "SELECT definition::text FROM survey_version WHERE survey_id = {survey} ORDER BY version DESC LIMIT 1",
    ),
    "surveys.discard": Deed(
        "/surveys/{survey}",
        "/surveys/{survey}/discard",
        "SELECT count(*) FROM survey_version WHERE survey_id = {survey} AND published_at IS NULL",
    ),
    "surveys.take_up": Deed(
        "/surveys/{survey}",
        "/surveys/{survey}/versions/1/take-up",
        "SELECT definition::text FROM survey_version WHERE survey_id = {survey} AND published_at IS NULL",
    ),
    "case_policy.ladder_as_above": policy("cases", "ladder", "ladder/as-above"),
    "case_policy.contacts_as_above": policy("contacts", "contacts", "contacts/as-above"),
    "alerts.of_place": policy("alerts", "alerts", "alerts", **ABOVE),
    "press_filter.of_place": policy("filter", "filter", "filter", **ABOVE),
    "themes.above": policy("themes", "themes", "themes"),
    "themes.end": policy("themes", "themes", "themes/queue/end"),
    "money.of_place": policy("money", "money", "money", **ABOVE),
    "own_words.choose": policy("words", "words", "words", **ABOVE),
    "kiosk_settings.save": policy("kiosks", "kiosk-settings", "kiosk-settings", **ABOVE, version="1"),
}
#: What is for good, by its endpoint: the page on which it is done, and what the page says before.
FOR_GOOD: dict[str, tuple[str, str]] = {
    "personal.erase": ("", ""),  # by law; tests/collector/personal
    "public.erase": ("", ""),  # by law; tests/collector/public
    "fleet.retire": ("/kiosks/exit-1/retire", "It is cut off at once and for good"),
    "fleet.replace": ("/kiosks/exit-1/replace", "exit-1 is cut off at once and for good"),
    "printers.secret": ("/printers/2", "The address it has now is void at once"),
    "devices.end_one": ("/account", "Where you sign out, you sign in anew: that is not taken back."),
    "devices.end_others": ("/account", "Where you sign out, you sign in anew: that is not taken back."),
    "people.sign_out": ("/people/{visitor}", "They sign in anew then: that is not taken back."),
    "second_factor.end": ("", ""),  # "take it away here, then set it up again": accounts/test_second_factor
    "slip_style.of_place": ("/places/{store}/slips", "it is gone for good; send the file again to have it back"),
}
#: Their names sound like an end and are none, or they are the way back.
NONE = {"case_actions.act", "accounts.sign_out", "rollouts.change", "messages.replay", "second_factor.renew_codes"}
_ENDS = re.compile(r"(?<!s)end|remove|retire|discard|take-away|take_away|erase|as-above|sign-out|replace")


@pytest.fixture
def things(engine: Engine, riverside: Shop) -> dict[str, Any]:
    """One of everything that can be ended, at Riverside."""
    with engine.begin() as connection:
        harbour = make_shop(connection, "Harbour", beside=riverside)
        ensure_default(connection)
        made = _make(connection, riverside)
    return {"store": riverside.store, "checkout": riverside.checkout, "empty": harbour.region, **made}


def _make(connection: Connection, shop: Shop) -> dict[str, Any]:
    store = shop.store
    make_kiosk(connection, shop, "exit-1")
    make_token(connection, "till", ["read"], store)
    make_link(connection, store, "Staff room", "Ann", NOW)
    olha = make_account(connection, store, "Olha", role="store")
    subscribe(connection, place_id=store, account_id=olha, period="week", author="Ann", key="1", now=NOW)
    values = {"kind": "places", "name": "Best", "definition": {"of": "places"}, "author": "Ann", "key": "1"}
    connection.execute(insert(segment).values(place_id=store, **values))
    did = {"en": "A third till is open."}
    since = NOW - timedelta(days=1)
    say(connection, place_id=store, touchpoint_id=None, case_id=None, text=did, author="Ann", now=since)
    replies.add(connection, store, "Sorry", {"en": "We are sorry."}, "Ann")
    for name, address in (("Counter", "tcp://127.0.0.1:1"), ("Office", "cloudprnt:")):
        connection.execute(insert(printer).values(store_id=store, name=name, address=address, profile="epson-80"))
    connection.execute(insert(webhook).values(url="https://example.org/hook", place_id=store))
    connection.execute(insert(touchpoint_photo).values(touchpoint_id=shop.exit, content=b"jpeg", author="Ann"))
    survey_id = ask(connection, store, *EVERYTHING.questions)
    for kind, definition in (
        ("cases", CasePolicy()),
        ("contacts", ContactPolicy()),
        ("alerts", AlertPolicy()),
        ("filter", FilterPolicy(repeat=Repeat(7))),
        ("themes", ThemePolicy()),
        ("money", MoneyPolicy(Worth("EUR", 30.0, 12.0, 3.0, 20))),
        ("words", OwnWords(places={"store": {"en": Names("Shop", "Shops")}})),
        ("kiosks", Choices(light=40)),
    ):
        give_policy(connection, store, kind, definition, "Ann")  # type: ignore[arg-type]
    return {"olha": olha, "survey": survey_id}


def test_whatever_a_page_ends_can_be_brought_back(
    browser: Browser, engine: Engine, riverside: Shop, things: dict[str, Any]
) -> None:
    boss = browser(riverside.organisation)

    def stands(deed: Deed) -> Row[Any] | None:
        with engine.connect() as connection:
            return connection.execute(text(deed.shows.format(**things))).first()

    def undos(path: str) -> list[str]:
        """Where the buttons on a page lead that bring something back."""
        page = boss.get(path).text
        return [html.unescape(each) for each in re.findall(r'action="([^"]*/back(?:/\d+)?|[^"]*/bring-back)"', page)]

    for endpoint, deed in DEEDS.items():
        page, to = deed.page.format(**things), deed.to.format(**things)
        if moved := {"surveys.discard": 2, "surveys.take_up": 3}.get(endpoint):  # of a draft
            send(boss, page, f"/surveys/{things['survey']}/questions/{moved}/move", to="up")
        before = stands(deed)
        for way in ("the line that says so", "the list of what ended"):
            version = {"version": str(_version(engine))} if "version" in deed.form else {}
            answer = send(boss, page, to, **{**deed.form, **version})
            assert answer.status_code == 302, (endpoint, answer.text)
            assert stands(deed) != before, endpoint
            # The line stands on the next page alone; the list stays.
            said = undos(answer.location)
            assert said, (endpoint, way)
            listed = undos(deed.listed.format(**things) or page)
            assert said[0] in listed, (endpoint, said, listed)
            token = re.search(r'name="csrf_token" value="([^"]+)"', boss.get("/account").text)
            assert token
            back = boss.post(said[0], data={"csrf_token": token[1]})
            assert back.status_code in {200, 302}, (endpoint, back.text)
            assert stands(deed) == before, (endpoint, way)
    # What was brought back works as before.
    with engine.connect() as connection:
        assert survey_at(connection, riverside.store, NOW).survey_id == things["survey"]


#: How the audit log says what was ended and brought back, and among which kind of deeds.
NOTED = {
    "tokens.end": ("people", "token 1"),
    "board.end_link": ("boards", "board link 1"),
    "segments.end": ("settings", "segment 1 “Best”"),
    "improvements.end_one": ("settings", "what “You said, we did” says “A third till is open.”"),
    "printers.take_away": ("kiosks", "printer 1 “Counter”"),
    "messages.end_webhook": ("people", "webhook 1 “example.org”"),
    "fleet.remove_photo": ("kiosks", "a photo at exit-1"),
    "surveys.retire": ("surveys", "survey {survey} “A survey”"),
}


def test_the_audit_log_says_who_ended_what_and_brought_it_back(
    browser: Browser, riverside: Shop, things: dict[str, Any]
) -> None:
    boss = browser(riverside.organisation)
    for endpoint, (kind, what) in NOTED.items():
        deed = DEEDS[endpoint]
        before = words(boss.get(f"/audit?kind={kind}"))
        answer = send(boss, deed.page.format(**things), deed.to.format(**things), **deed.form)
        # Whoever ends it a second time ends nothing.
        send(boss, "/account", deed.to.format(**things), **deed.form)
        [back, *_] = re.findall(r'action="([^"]*/back(?:/\d+)?)"', boss.get(answer.location).text)
        for _again in range(2):
            send(boss, "/account", back)
        log = words(boss.get(f"/audit?kind={kind}"))
        said = what.format(**things)
        is_touched = endpoint in {"printers.take_away", "fleet.remove_photo"}
        for did in ("took away" if is_touched else "ended", "brought back"):
            assert log.count(f"{did} {said}") == before.count(f"{did} {said}") + 1, (did, said, log)
    # Who looks for another kind does not find them.
    assert "took away printer" not in words(boss.get("/audit?kind=surveys"))


def _version(engine: Engine) -> int:
    """Of the settings of Riverside's kiosks, as the page has it."""
    with engine.connect() as connection:
        return connection.scalar(text("SELECT max(version) FROM policy WHERE kind = 'kiosks'")) or 0


def test_what_is_for_good_is_said_before(
    browser: Browser, engine: Engine, riverside: Shop, things: dict[str, Any]
) -> None:
    boss = browser(riverside.organisation)
    browser(riverside.store, "store")  # somebody is signed in there
    with engine.begin() as connection:
        visitor = connection.scalar(text("SELECT max(account_id) FROM session"))
        connection.execute(text("INSERT INTO slip_style (place_id, logo) VALUES (:store, 'x')"), things)
        boss_id = connection.scalar(text("SELECT min(account_id) FROM session"))
        open_session(connection, boss_id)
    for endpoint, (page, said) in FOR_GOOD.items():
        if page:
            assert said in words(boss.get(page.format(visitor=visitor, **things))), endpoint


def test_every_address_that_ends_something_is_in_one_of_the_tables(app: Flask) -> None:
    ends = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or set())
        and _ENDS.search(rule.endpoint.rpartition(".")[2] + rule.rule.rpartition("/")[2])
        and "/api/" not in rule.rule
    }
    assert ends - set(DEEDS) - set(FOR_GOOD) - NONE == set()
    views = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert set(DEEDS) | (set(FOR_GOOD) - {"public.erase"}) | NONE <= views


def test_a_secret_comes_back_for_ten_minutes_alone(
    app: Flask, browser: Browser, engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        token = make_token(connection, "till", ["read"], riverside.store)
        secret = make_link(connection, riverside.store, "Staff room", "Ann", NOW)
    assert secret
    boss, board = browser(riverside.store), f"/places/{riverside.store}/board/links"

    def let_in() -> tuple[bool, bool]:
        with engine.connect() as connection:
            return find_token(connection, token) is not None, place_of_link(connection, secret, NOW) is not None

    assert let_in() == (True, True)
    send(boss, "/tokens", "/tokens/1/end")
    send(boss, board, "/board-links/1/end")
    assert let_in() == (False, False)
    app.extensions["now"] = lambda: NOW + SECRETS_FOR - timedelta(seconds=1)
    assert "Bring back" in boss.get("/tokens").text
    app.extensions["now"] = lambda: NOW + SECRETS_FOR
    for page in ("/tokens", board):
        boss.get(page)  # the line that says that it is ended
        assert "Bring back" not in boss.get(page).text
    assert send(boss, "/tokens", "/tokens/1/back").status_code == 404
    assert send(boss, board, "/board-links/1/back").status_code == 404
    assert let_in() == (False, False)
    # The next one that is ended takes the digest along.
    with engine.begin() as connection:
        make_token(connection, "another", ["read"], riverside.store)
    send(boss, "/tokens", "/tokens/2/end")
    with engine.connect() as connection:
        assert connection.scalars(text("SELECT id FROM api_token")).all() == [2]


def test_what_stands_against_it_is_said(
    browser: Browser, engine: Engine, riverside: Shop, things: dict[str, Any]
) -> None:
    boss = browser(riverside.organisation)
    # Another printer has its name; an improvement's own time is over; a photo is erased after a month.
    send(boss, "/printers/1", "/printers/1/take-away")
    with engine.begin() as connection:
        connection.execute(update(printer).where(printer.c.id == 2).values(name="Counter"))
    back = send(boss, f"/stores/{riverside.store}/printers", "/printers/1/back")
    assert "Another printer stands at Counter now." in boss.get(back.location).text
    send(boss, "/kiosks/exit-1", "/kiosks/exit-1/photos/1/remove")
    with engine.begin() as connection:
        driver = connection.connection.driver_connection
        assert driver
        erase_expired(driver, NOW + timedelta(days=29))
        assert connection.scalar(select(touchpoint_photo.c.id)) == 1
        erase_expired(driver, NOW + timedelta(days=31))
        assert connection.scalar(select(touchpoint_photo.c.id)) is None
    # A printer that fetches its slips gets a new address, shown this once.
    with engine.begin() as connection:
        connection.execute(update(printer).where(printer.c.id == 2).values(name="Office"))
    send(boss, "/printers/2", "/printers/2/take-away")
    assert "Its address to call" in send(boss, f"/stores/{riverside.store}/printers", "/printers/2/back").text


def test_others_bring_nothing_back(browser: Browser, engine: Engine, riverside: Shop, things: dict[str, Any]) -> None:
    """tests/collector/test_rights.py tries every address; here those whose thing has ended."""
    boss, stranger = browser(riverside.organisation), browser(things["empty"])
    ended = ("tokens.end", "board.end_link", "messages.end_webhook", "improvements.end_one", "printers.take_away")
    for endpoint in ended:
        deed = DEEDS[endpoint]
        answer = send(boss, deed.page.format(**things), deed.to.format(**things), **deed.form)
        [back, *_] = re.findall(r'action="([^"]*/back)"', boss.get(answer.location).text)
        assert send(stranger, "/account", back).status_code in {302, 404}
        with engine.connect() as connection:
            assert connection.execute(text(deed.shows.format(**things))).first() != (True,), endpoint
