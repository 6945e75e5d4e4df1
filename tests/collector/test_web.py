"""What every answer of the web process has in common."""

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

import collector
from collector.web import masked
from tests.factories import Shop


@pytest.mark.parametrize("path", ["/", "/kiosks", "/account", "/nothing", "/sign-in", "/api/v1/stores", "/healthz"])
def test_nothing_that_a_session_sees_is_kept_in_a_cache(
    browser: Callable[[int], FlaskClient], riverside: Shop, path: str
) -> None:
    assert browser(riverside.store).get(path).headers["Cache-Control"] == "no-store"


def test_what_is_the_same_for_all_may_be_kept(visitor: FlaskClient) -> None:
    with visitor.get("/static/console.css") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/sign-in", "/nothing", "/api/v1/stores"])
def test_browsers_are_told_to_be_careful(visitor: FlaskClient, path: str) -> None:
    headers: Any = visitor.get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/sign-in/link/abcDEF_-1", "/sign-in/link/…"),
        ("/Q/CODE234", "/Q/…"),
        ("/stores/1", "/stores/1"),
        ("/print/abc234/cloudprnt", "/print/…/cloudprnt"),
        ("/print///abc234/cloudprnt", "/print/…/cloudprnt"),
        ("/shop/print/abc234/cloudprnt", "/shop/print/…/cloudprnt"),
        (f"/{'abc2' * 8}/cloudprnt", "/…/cloudprnt"),
        (f"/{'ABC2' * 7}", "/…"),
        (f"/{'abc2' * 9}", f"/{'abc2' * 9}"),
        ("/sign-in/link//abcDEF_-1", "/sign-in/link/…"),
        ("/q/\nCODE234", "/q/…"),
        ("/stores/1/print-jobs", "/stores/1/print-jobs"),
        ("/api/v1/sp_abc-_9", "/api/v1/…"),
    ],
)
def test_logs_hold_no_secret(path: str, shown: str) -> None:
    assert masked(path) == shown


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/kiosks/%00", 400),
        ("/stores/99999999999", 404),
        ("/put-aside?page=99999999999999999999", 200),
        ("/api/v1/kiosks/%00", 400),
        ("/api/v1/kiosks/%00/completeness", 400),
        ("/api/v1/stores/99999999999", 404),
        ("/api/v1/ratings?kiosk=%00", 400),
        ("/voices?segment=99999999999", 302),
        ("/quality?place=99999999999", 200),
        ("/cases/new?store=99999999999", 200),
        ("/cases/new?store=-1", 200),
        ("/places/3/improvements?case=99999999999", 200),
    ],
)
def test_nonsense_is_answered_and_breaks_nothing(
    browser: Callable[[int], FlaskClient], riverside: Shop, path: str, status: int
) -> None:
    assert browser(riverside.store).get(path).status_code == status


@pytest.mark.parametrize(
    ("path", "typed", "status"),
    [
        ("/cases/new", {"kind": "praise", "store": "99999999999", "subject": "Warm bread."}, 404),
        ("/cases/new", {"kind": "praise", "store": "1", "touchpoint": "99999999999", "subject": "Warm bread."}, 404),
        ("/places/1/improvements", {"case": "99999999999", "touchpoint": "99999999999", "text-en": "x"}, 422),
    ],
)
def test_nonsense_in_a_form_breaks_nothing(
    browser: Callable[[int], FlaskClient], riverside: Shop, path: str, typed: dict[str, str], status: int
) -> None:
    client = browser(riverside.organisation)
    page = client.get("/cases/new").text
    csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
    assert client.post(path, data={"csrf_token": csrf, **typed}).status_code == status


def test_nul_in_a_name_signs_nobody_in(visitor: FlaskClient) -> None:
    assert visitor.post("/sign-in", data={"name": "ow\0ner", "password": "x"}).status_code == 400


def test_what_browsers_are_kept_from(visitor: FlaskClient, make_app: Callable[..., Flask]) -> None:
    headers: Any = visitor.get("/sign-in").headers
    policy = dict(each.split(" ", 1) for each in headers["Content-Security-Policy"].split("; "))
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert {"camera=()", "microphone=()", "geolocation=()"} <= set(headers["Permissions-Policy"].split(", "))
    # Only where people come by https; a shop's first try on a bare machine stays reachable.
    assert "Strict-Transport-Security" not in headers
    there = make_app(url="https://feedback.example").test_client().get("/sign-in", base_url="https://feedback.example")
    assert there.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_what_breaks_says_nothing_of_how(own_app: Flask) -> None:
    secret = "sp_of-somebody, olha@example.org, SELECT * FROM account, /srv/smilepost/secrets"

    def breaks() -> None:
        raise RuntimeError(secret)

    own_app.add_url_rule("/api/v1/broken", view_func=breaks)
    own_app.add_url_rule("/broken", endpoint="broken-page", view_func=breaks)
    client = own_app.test_client()
    program, person = client.get("/api/v1/broken"), client.get("/broken")
    assert (program.status_code, person.status_code) == (500, 500)
    assert program.content_type == "application/problem+json"
    assert program.json == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "It has been written down. Try again later.",
    }
    for said in (program, person):
        assert not any(word in said.text for word in ("sp_of", "example.org", "SELECT", "/srv/", "Traceback"))
    # Nor does a refusal repeat what was sent.
    wrong = client.get("/api/v1/stores?limit=olha@example.org", headers={"Authorization": "Bearer sp_of-somebody"})
    assert wrong.status_code == 401
    assert not any(word in wrong.text for word in ("sp_of", "example.org"))


def test_no_two_filters_of_templates_have_one_name() -> None:
    """The later would take the earlier's place, on pages of somebody else."""
    modules = [each.name for each in pkgutil.walk_packages(collector.__path__, "collector.")]
    found: dict[str, set[object]] = {}
    for name in (each for each in modules if not each.endswith(".__main__") and "migrations" not in each):
        for spoken in getattr(importlib.import_module(name), "FILTERS", ()):
            found.setdefault(spoken.__name__, set()).add(spoken)
    assert len(found) > 50
    assert [name for name, same in found.items() if len(same) > 1] == []
