"""Every route of the pages and of the API, tried as every role, as every token, and for what is of another place.

A route that does not say what it needs fails here, and so does one whose thing of another place is there for others.
"""

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, func, select
from werkzeug.exceptions import Forbidden, HTTPException, NotFound, Unauthorized, UnprocessableEntity
from werkzeug.routing import AnyConverter, Rule
from werkzeug.wrappers import Response

from collector.accounts.guard import RULES, Need, NotYours
from collector.accounts.roles import ROLES, Role, rights_of
from collector.accounts.tokens import SCOPES
from collector.accounts.tokens import rights_of as token_rights
from collector.accounts.viewer import Viewer
from collector.api.resources import Resources
from collector.schema import metadata
from collector.settings import Settings
from collector.surveys.default import ensure_default
from tests.collector.backup.full import fill
from tests.factories import NOW, Shop, make_kiosk, make_ratings, make_shop

#: No page and no call: what the API is like.
DOCUMENT = "api-docs.openapi_json"
#: Says how the installation is, which is not running here.
READY = "operations.readyz"
#: No row has it.
NONE = 2**31 - 1


class Call(NamedTuple):
    """One way of using a route."""

    method: str
    endpoint: str
    rule: Rule

    @property
    def blueprint(self) -> str:
        return self.endpoint.rpartition(".")[0]

    @property
    def view(self) -> str:
        return self.endpoint.rpartition(".")[2]

    def path(self, app: Flask, **things: Any) -> str:
        """Its address; what is not among the things is of nobody."""
        known = ANYWHERE | things
        values = {name: _choice(self.rule, name) or known.get(name, NONE) for name in self.rule.arguments}
        return str(app.url_map.bind("localhost").build(self.endpoint, values, method=self.method))


def _choice(rule: Rule, name: str) -> str:
    """One of the words that may stand there, where only some may."""
    converter = rule._converters[name]
    return min(converter.items) if isinstance(converter, AnyConverter) else ""


def calls(app: Flask, *, api: bool) -> Iterator[Call]:
    for rule in app.url_map.iter_rules():
        is_api = isinstance(app.blueprints.get(rule.endpoint.rpartition(".")[0]), Resources)
        if is_api == api and rule.endpoint != DOCUMENT and not rule.endpoint.endswith(".static"):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield Call(method, rule.endpoint, rule)


@pytest.fixture
def app_without_forms(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """What forms carry against other sites is tried elsewhere (test_web, api/test_writing)."""
    monkeypatch.setitem(app.config, "WTF_CSRF_METHODS", frozenset())
    return app


def test_every_route_says_what_it_needs(app: Flask) -> None:
    silent = {call.endpoint for call in calls(app, api=False) if call.blueprint not in RULES}
    assert not silent, f"guard(pages, …) is missing (collector/accounts/guard.py): {silent}"
    views = {call.endpoint for call in calls(app, api=False)}
    named = {f"{name}.{view}" for name, rule in RULES.items() if name in app.blueprints for view in rule.by_endpoint}
    assert not named - views, f"there is no such view: {named - views}"
    assert not [call for call in calls(app, api=True) if call.view not in _resources(app, call).needs]


def test_every_page_is_for_who_has_the_right(app_without_forms: Flask, riverside: Shop) -> None:
    app = app_without_forms
    tried = 0
    for call in calls(app, api=False):
        need = RULES[call.blueprint].need(call.view, call.method)
        for who in (None, *ROLES[:-1], "admin"):
            if who == "email-only":  # does not sign in: accounts/test_signing_in
                continue
            with app.test_request_context(call.path(app), method=call.method):
                g.viewer = _somebody(who, riverside.store) if who else None
                try:
                    met = app.preprocess_request()
                except NotYours:
                    met = "refused"
                except HTTPException:  # a code, or the secret of a printer, that is of nobody
                    assert need == "nothing"
                    continue
            if need == "nothing" or (who and _may(who, need)):
                assert met is None, (who, call)
            elif who:
                assert met == "refused", (who, call)
            else:
                assert isinstance(met, Response)
                assert met.headers["Location"].startswith("/sign-in?next="), call
            tried += 1
    assert tried > 600


class Reached(Exception):
    """A view looks into the database: it was let in."""


class Wall:
    """Stands where the database was."""

    def connect(self) -> None:
        raise Reached

    begin = connect


def test_every_call_is_for_who_has_the_right(app_without_forms: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_without_forms
    monkeypatch.setitem(app.extensions, "database", Wall())
    for call in calls(app, api=True):
        right, scopes = _resources(app, call).needs[call.view]
        for role in set(ROLES) - {"email-only"}:
            assert _is_let_in(app, call, _somebody(role, 1)) == _may(role, right), (role, call)
        for scope in SCOPES:
            token = Viewer("a till", 1, token_rights([scope]), frozenset({scope}))
            assert _is_let_in(app, call, token) == (scope in scopes), (scope, call)
        assert not _is_let_in(app, call, None)


def _is_let_in(app: Flask, call: Call, viewer: Viewer | None) -> bool:
    with app.test_request_context(call.path(app), method=call.method, json={}, headers={"Idempotency-Key": "1"}):
        g.viewer = viewer
        try:
            app.dispatch_request()
        except (Forbidden, Unauthorized):
            return False
        except (Reached, NotFound, UnprocessableEntity):
            return True
    return True


def _resources(app: Flask, call: Call) -> Resources:
    found = app.blueprints[call.blueprint]
    assert isinstance(found, Resources)
    return found


def _somebody(role: Role, place_id: int) -> Viewer:
    return Viewer("somebody", place_id, rights_of(role), account_id=1, role=role)


def _may(role: Role, need: Need) -> bool:
    return need in {"account", "nothing"} or need in rights_of(role)


#: What a reader would expect, in words of their own: role, then what it may and what it may not.
EXPECTED: dict[Role, tuple[str, str]] = {
    "store": (
        """
        GET /cases, GET /stores/1, GET /kiosks, GET /places/1/voices, POST /cases/1/take, GET /hotline, POST /hotline,
        POST /stores/1/printers/1/slips, POST /alerts/1/acknowledge, POST /cases/new, POST /print-jobs/1/again
        """,
        """
        GET /people, GET /tokens, GET /surveys, POST /places/1/ladder, POST /places/1/alerts, GET /personal, GET /audit,
        POST /kiosks/exit-1/commands, POST /kiosks/exit-1/retire, POST /printers/1/change, GET /stores/1/printers/new,
        POST /places/1/kiosk-settings, POST /roll-outs/new, POST /places/1/improvements, GET /messages/webhooks
        """,
    ),
    "region": (
        "GET /people, POST /people/new, POST /places/1/ladder, GET /surveys, GET /tokens, GET /audit, GET /cases",
        """
        GET /personal, POST /personal/erase, POST /kiosks/exit-1/retire, POST /printers/1/change, GET /messages/webhooks
        """,
    ),
    "head-office": (
        "GET /people, GET /personal, POST /personal/erase, POST /surveys/1/publish, GET /cases",
        "POST /kiosks/exit-1/retire, POST /roll-outs/new, GET /messages/webhooks",
    ),
    "technician": (
        """
        GET /kiosks, GET /visits, GET /stores/1, GET /stores/1/printers, POST /printers/1/change, GET /alerts,
        POST /kiosks/exit-1/commands, POST /kiosks/exit-1/retire, POST /roll-outs/new, GET /releases, GET /quality
        """,
        """
        GET /cases, GET /cases/1, POST /cases/1/take, GET /places/1/voices, GET /messages, GET /hotline, GET /personal,
        POST /cases/1/contact, GET /surveys, GET /people, POST /alerts/1/acknowledge, GET /stores/1/staff,
        GET /places/1/money
        """,
    ),
}


def test_roles_do_what_a_reader_expects(
    app_without_forms: Flask, browser: Callable[..., FlaskClient], riverside: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for call in calls(app_without_forms, api=False):
        monkeypatch.setitem(app_without_forms.view_functions, call.endpoint, lambda **_values: "let in")
    for role, expected in EXPECTED.items():
        somebody = browser(riverside.store, role)
        for status, which in zip((200, 403), expected, strict=True):
            for method, path in (each.split() for each in which.split(",")):
                answer = somebody.open(path, method=method)
                assert answer.status_code == status, (role, method, path)
                assert ("not yours to do" in answer.text) == (status == 403)


#: By name in an address: the table in which the thing is.
THINGS = {
    "alert_id": "alert",
    "answer_id": "answer",
    "attachment_id": "attachment",
    "case_id": "case",
    "export_id": "export",
    "improvement_id": "improvement",
    "job_id": "job",
    "link_id": "board_link",
    "message_id": "message",
    "person_id": "account",
    "photo_id": "touchpoint_photo",
    "printer_id": "printer",
    "report_id": "report",
    "rollout_id": "rollout",
    "run_id": "filter_run",
    "segment_id": "segment",
    "survey_id": "survey",
    "template_id": "reply_template",
    "token_id": "api_token",
    "webhook_id": "webhook",
}
#: What else stands in addresses; it is of no place.
ANYWHERE = {"number": 1, "version": 1, "do": "end", "action": "comment", "size": "a4", "form": "pdf", "kind": "cases"}
#: One's own, whatever the place: tried where it is made.
OWN = {"session_id"}
#: What is filled into each form, as far as it has such fields.
FORM = {"key": "k" * 22, "nonce": "n" * 22, "text": "A word", "do": "identify", "why": "broken", "mark": "spam"}
#: What a schema does not say alone, by view.
BODIES = {
    "offer": {"number": 12},
    "save_draft": {"definition": {"questions": [{"type": "smileys", "number": 1, "text": {"en": "How was it?"}}]}},
    "choose_policy": {"policy": {}},
    "add_template": {"name": "Sorry", "text": {"en": "Sorry"}},
}


@pytest.fixture
def things(engine: Engine, settings: Settings) -> dict[str, Any]:
    """A store with one of everything, all of it its own; and the values by which addresses name that."""
    fill(engine, settings)
    tables = metadata.tables
    with engine.begin() as connection:
        place = tables["place"]
        store = connection.execute(select(place.c.id).where(place.c.kind == "store")).scalar_one()
        for name in ("survey", "reply_template", "webhook", "account", "rollout", "improvement"):
            connection.execute(tables[name].update().values(place_id=store))
        known = {name: connection.scalar(select(func.min(tables[table].c.id))) for name, table in THINGS.items()}
        exit_id = connection.scalar(select(func.max(tables["touchpoint"].c.id)))
    assert None not in known.values(), "tests/collector/backup/full.py has a row in every table"
    return {**known, "store_id": store, "place_id": store, "kiosk_id": "everywhere", "touchpoint_id": exit_id}


def test_what_is_of_another_place_is_not_there(
    app_without_forms: Flask,
    browser: Callable[..., FlaskClient],
    engine: Engine,
    things: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = app_without_forms
    # What else stands on the page that says so takes long, and is the same each time.
    monkeypatch.setattr("collector.web.render_template", lambda *_names, what, **_values: what)
    with engine.begin() as connection:
        elsewhere = make_shop(connection, "Lakeside")
    stranger = browser(elsewhere.store)
    document = stranger.get("/api/v1/openapi.json").json
    assert document
    for call in [*calls(app, api=False), *calls(app, api=True)]:
        wanted = {name for name in call.rule.arguments if name.endswith("_id")} - OWN
        if not wanted:
            continue
        assert wanted <= things.keys(), f"say in THINGS what {wanted - things.keys()} is"
        sends = _least(document, call)
        assert stranger.open(call.path(app, **things), method=call.method, **sends).status_code == 404, call


def test_what_is_of_a_place_that_was_taken_out_breaks_no_page(
    app: Flask, browser: Callable[..., FlaskClient], engine: Engine, things: dict[str, Any]
) -> None:
    place = metadata.tables["place"]
    with engine.begin() as connection:
        top = connection.scalar(select(place.c.id).where(place.c.parent_id.is_(None)))
        connection.execute(place.update().where(place.c.id == things["store_id"]).values(ended_at=NOW))
    own, above = browser(things["store_id"]), browser(top)
    for api in (False, True):
        for call in calls(app, api=api):
            if call.method == "GET" and call.endpoint != READY:
                path = call.path(app, **things)
                assert own.get(path).status_code < 500, path
                assert above.get(path).status_code < 500, path
    assert own.get("/").location.startswith("/sign-in")
    assert above.get(f"/cases/{things['case_id']}").status_code == 200


def _least(document: dict[str, Any], call: Call) -> dict[str, Any]:
    """The least with which a view reads on, until it looks whose thing it is."""
    if not call.rule.rule.startswith("/api/"):
        return {"data": FORM} if call.method == "POST" else {}
    path = re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", call.rule.rule)
    operation = document["paths"][path][call.method.lower()]
    sends: dict[str, Any] = {"headers": {"Idempotency-Key": "1"}}
    if "requestBody" in operation:
        asked = operation["requestBody"]["content"]["application/json"]["schema"]
        sends["json"] = BODIES.get(call.view) or _example(document, asked)
    return sends


def _example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """The smallest value that fits a schema."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: _example(document, schema["properties"][name]) for name in schema.get("required", ())}
        case "array":
            return [_example(document, schema["items"])] if schema.get("minItems") else []
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return True
    return "a-word"


@pytest.mark.parametrize("role", ["store", "technician", "region"])
def test_no_page_leads_where_its_reader_may_not_go(
    app: Flask, browser: Callable[..., FlaskClient], engine: Engine, riverside: Shop, role: Role
) -> None:
    """One page of each kind is read, from the start page on, with all links and forms on it."""
    with engine.begin() as connection:
        make_ratings(connection, make_kiosk(connection, riverside, "exit-1"), [1, 2, 4])
        _furnish(connection, riverside)
    reader, routes = browser(riverside.store, role), app.url_map.bind("localhost")
    seen, ahead, astray = set[str](), ["/"], list[str]()
    while ahead:
        page = ahead.pop(0)
        answer = reader.get(page, follow_redirects=True)
        assert answer.status_code == 200, (role, page)
        if answer.mimetype != "text/html":  # a poster, a label
            continue
        for method, address in _ways_on(answer.text, answer.request.path):
            endpoint, _values = routes.match(address.partition("?")[0], method=method)
            need = RULES[endpoint.rpartition(".")[0]].need(endpoint.rpartition(".")[2], method)
            if not _may(role, need):
                astray.append(f"{method} {address} on {page}")
            elif method == "GET" and endpoint not in seen:
                seen.add(endpoint)
                ahead.append(address)
    assert not astray, "\n".join(astray)
    assert len(seen) > 20


def _ways_on(markup: str, page: str) -> Iterator[tuple[str, str]]:
    """Where a page's links and forms lead inside of the house, and how."""
    for link in re.findall(r'<a\b[^>]*?href="(/[^"#]*)', markup):
        yield "GET", html.unescape(link)
    for attributes, inside in re.findall(r"<form\b([^>]*)>(.*?)</form>", markup, re.DOTALL):
        said = dict(re.findall(r'(action|method)="([^"#]*)', attributes))
        if "<button" in inside:  # else it only shows
            yield said.get("method", "get").upper(), html.unescape(said.get("action", page))


def _furnish(connection: Connection, shop: Shop) -> None:
    """A survey, a printer, an alert, and something that the store did."""
    ensure_default(connection)
    tables, seen = metadata.tables, {"bad": 5, "count": 8, "percent": 50, "minutes": 15}
    at = {"store_id": shop.store}
    connection.execute(tables["printer"].insert().values(**at, name="Counter", address="tcp://x", profile="epson-80"))
    opened = {"rule": "bad-share", "subject": f"touchpoint/{shop.exit}", "data": seen, "opened_at": NOW}
    connection.execute(tables["alert"].insert().values(**at, touchpoint_id=shop.exit, **opened))
    did = {"text": {"en": "A third till"}, "author": "Olena", "until": NOW + timedelta(days=9)}
    connection.execute(tables["improvement"].insert().values(place_id=shop.store, **did))
