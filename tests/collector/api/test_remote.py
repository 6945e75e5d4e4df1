"""Kiosks from afar by the API: settings, commands and releases, each within the place of whoever asks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from collector.accounts.tokens import make_token
from collector.fleet.registry.enrolment import enrol, retire
from collector.fleet.releases import publish
from collector.fleet.settings.choices import Preferences
from collector.fleet.settings.given import newest_settings
from collector.settings import Settings
from collector.surveys.default import ensure_default
from tests.collector.releases import PUBLIC, archive, manifest_of
from tests.factories import NOW, Shop, make_kiosk, make_shop

Send = Callable[..., TestResponse]

FIRMWARE = Path(__file__).parents[3] / "firmware"
#: Languages at most for a text.
SPOKEN = ("uk", "en", "pl", "de", "fr", "es", "it", "pt", "nl", "cs", "sk", "ro")


def spoken(longest: int) -> list[Any]:
    """A text in one language and as short as may be, and one in as many and as long as may be."""
    return [{"en": "x"}, dict.fromkeys(SPOKEN, "x" * longest)]


#: Each preference at both ends of its range.
ENDS: dict[str, list[Any]] = {
    "light": [1, 100],
    "sound": [0, 100],
    "repeat": [0, 60_000],
    "languages": [["en"], list(SPOKEN[:6])],
    "thanks": spoken(60),
    "tell": spoken(80),
    "did": spoken(160),
    "reasons": [{"good": [], "bad": []}, {"good": [{"en": "x" * 40}] * 6, "bad": [{"en": "x" * 40}] * 6}],
    "weekday_questions": [
        {"mon": {"en": "x"}},
        {day: {"en": f"{day}{'x' * 117}"} for day in ("mon", "tue", "wed", "thu", "fri", "sat")},
    ],
}
#: All of them at once; words in every language would be more than a kiosk holds.
ALL = {name: high for name, (_, high) in ENDS.items()} | {
    name: {"uk": "ґ" * longest, "en": "x" * longest} for name, longest in (("thanks", 60), ("tell", 80), ("did", 160))
}


@pytest.fixture
def shop(engine: Engine, settings: Settings, riverside: Shop) -> Shop:
    """Riverside with one kiosk, `exit-1`, and a store beside it with another, `hill-1`."""
    with engine.begin() as connection:
        asked = ensure_default(connection)
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
        enrol(connection, settings, "exit-1", riverside.exit, asked)
        enrol(connection, settings, "hill-1", hilltop.exit, asked)
    return riverside


@pytest.fixture
def send(app: Flask, engine: Engine, shop: Shop) -> Send:
    """Sends a request of a program of Riverside."""
    with engine.begin() as connection:
        token = make_token(connection, "a test", ["read", "write"], shop.region)

    def request(method: str, path: str, body: Any = None, key: str = "") -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
        return app.test_client().open(f"/api/v1/{path}", method=method, json=body, headers=headers)

    return request


def test_settings_are_chosen_and_given_back(send: Send) -> None:
    before = send("GET", "kiosks/exit-1/settings").json
    assert (before["version"], before["reported"], before["preferences"]) == (1, None, {})
    chosen = {"light": 40, "repeat": 0, "weekday_questions": {"fri": {"en": " Was it quick? "}}}
    after = send("PATCH", "kiosks/exit-1/settings", chosen).json
    assert after["version"] == 2
    assert after["preferences"]["weekday_questions"] == {"fri": {"en": "Was it quick?"}}
    assert (after["settings"]["light"], after["settings"]["weekdays"]) == (40, [0, 0, 0, 0, 1, 0, 0])
    back = send("PATCH", "kiosks/exit-1/settings", dict.fromkeys(chosen)).json
    assert (back["version"], back["preferences"], back["settings"]) == (3, {}, before["settings"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"light": 0}, "light"),
        ({"light": 101}, "light"),
        ({"sound": -1}, "sound"),
        ({"sound": "loud"}, "sound"),
        ({"repeat": 60_001}, "repeat"),
        ({"languages": []}, "languages"),
        ({"languages": ["English"]}, "languages.0"),
        ({"thanks": {"en": " "}}, "thanks.en.value"),
        ({"thanks": {"English": "Thanks"}}, "thanks.English.key"),
        ({"did": {"en": "x" * 161}}, "did.en.value"),
        ({"reasons": {"good": []}}, "reasons.bad"),
        ({"reasons": {"good": [], "bad": [{"en": "x"}] * 7}}, "reasons.bad"),
        ({"weekday_questions": {"friday": {"en": "Quick?"}}}, "weekday_questions.friday.key"),
        ({"brightness": 1}, "brightness"),
    ],
)
def test_settings_that_do_not_fit_are_named(send: Send, body: dict[str, Any], field: str) -> None:
    answer = send("PATCH", "kiosks/exit-1/settings", body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


@pytest.mark.parametrize("chosen", [*({name: end} for name, ends in ENDS.items() for end in ends), ALL], ids="+".join)
def test_whatever_is_taken_here_a_kiosk_takes(
    send: Send, engine: Engine, chosen: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(FIRMWARE)
    from kiosk.settings import Settings as OnKiosk
    from kiosk.storage import Storage

    assert ALL.keys() == Preferences.__annotations__.keys()  # none is forgotten
    assert send("PATCH", "kiosks/exit-1/settings", chosen).status_code == 200
    with engine.connect() as connection:
        newest = newest_settings(connection, "exit-1")
    assert newest is not None
    assert OnKiosk(Storage(str(tmp_path))).take(newest.version, newest.settings)


def test_settings_that_no_kiosk_could_hold_are_refused(send: Send) -> None:
    seven = {day: {"en": f"Question of {day}?"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    answer = send("PATCH", "kiosks/exit-1/settings", {"weekday_questions": seven})
    assert (answer.status_code, "7 questions" in answer.json["detail"]) == (422, True)
    assert send("GET", "kiosks/exit-1/settings").json["version"] == 1


def test_commands_are_ordered_once_and_listed_newest_first(send: Send) -> None:
    first = send("POST", "kiosks/exit-1/commands", {"do": "identify"}, key="a")
    assert first.status_code == 201
    assert (first.json["state"], first.json["outcome"], first.json["author"]) == ("queued", None, "a test")
    assert send("POST", "kiosks/exit-1/commands", {"do": "identify"}, key="a").json == first.json
    assert send("POST", "kiosks/exit-1/commands", {"do": "log"}, key="a").status_code == 422
    second = send("POST", "kiosks/exit-1/commands", {"do": "secret"}, key="b").json
    assert not {"secret", "salt", "number"} & second.keys()
    page = send("GET", "kiosks/exit-1/commands?limit=1").json
    assert page["items"] == [second]
    page = send("GET", f"kiosks/exit-1/commands?limit=1&after={page['next']}").json
    assert page["items"] == [first.json]
    assert send("POST", "kiosks/exit-1/commands", {"do": "explode"}, key="c").status_code == 422
    assert send("POST", "kiosks/exit-1/commands", {"do": "log"}).status_code == 422  # without a key


def test_releases_are_offered(send: Send, engine: Engine, shop: Shop) -> None:
    with engine.begin() as connection:
        make_kiosk(connection, shop, "old-1", health={"board": "virtual", "release": 11})
        publish(connection, archive(manifest_of(12)), PUBLIC)
    [release] = send("GET", "releases").json["items"]
    assert (release["number"], release["board"], release["version"]) == (12, "virtual", "0.2.0")
    assert send("POST", "kiosks/old-1/release", {"number": 12}).json == {"kiosk": "old-1", "release": 12}
    kiosk = send("GET", "kiosks/old-1").json
    assert (kiosk["release_wanted"], kiosk["release_reported"]) == (12, 11)
    assert send("POST", "kiosks/old-1/release", {"number": None}).json == {"kiosk": "old-1", "release": None}
    assert send("GET", "kiosks/old-1").json["release_wanted"] is None
    refused = send("POST", "kiosks/old-1/release", {"number": 13})
    assert (refused.status_code, "no release 13" in refused.json["detail"]) == (422, True)


def test_nobody_reaches_beyond_their_place_nor_to_a_kiosk_that_is_retired(send: Send, engine: Engine) -> None:
    for kiosk_id in ("hill-1", "nobody"):
        assert send("GET", f"kiosks/{kiosk_id}/settings").status_code == 404
        assert send("GET", f"kiosks/{kiosk_id}/commands").status_code == 404
        assert send("PATCH", f"kiosks/{kiosk_id}/settings", {"light": 1}).status_code == 404
        assert send("POST", f"kiosks/{kiosk_id}/commands", {"do": "log"}, key=kiosk_id).status_code == 404
        assert send("POST", f"kiosks/{kiosk_id}/release", {"number": None}).status_code == 404
    with engine.begin() as connection:
        retire(connection, "exit-1", NOW)
    assert send("PATCH", "kiosks/exit-1/settings", {"light": 1}).status_code == 409
    assert send("POST", "kiosks/exit-1/commands", {"do": "log"}, key="late").status_code == 409
    assert send("POST", "kiosks/exit-1/release", {"number": None}).status_code == 409
