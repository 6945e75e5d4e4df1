"""Settings of kiosks by page and API: a form, whom it reaches, then the change; each within the place of who asks."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from collector.accounts.tokens import make_token
from collector.fleet.registry import enrolment
from collector.fleet.settings.chosen import own_choices
from collector.fleet.settings.given import newest_settings, prefer, preferences
from collector.fleet.settings.giving import Giving
from collector.fleet.tables import kiosk_command, kiosk_due
from collector.settings import Settings
from collector.surveys.default import ensure_default
from tests.collector.pages import send
from tests.factories import NOW, Shop, make_shop

Browser = Callable[[int], FlaskClient]


@pytest.fixture
def chain(engine: Engine, settings: Settings, riverside: Shop) -> tuple[Shop, Shop]:
    """Riverside with `exit-1` and `till-1`, Hilltop in a region of its own with `hill-1`."""
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
        asked = ensure_default(connection)
        enrolment.enrol(connection, settings, "exit-1", riverside.exit, asked)
        enrolment.enrol(connection, settings, "till-1", riverside.checkout, asked)
        enrolment.enrol(connection, settings, "hill-1", hilltop.exit, asked)
    return riverside, hilltop


def preview(client: FlaskClient, place_id: int, **form: str) -> str:
    """Fill in a place's form and look whom it reaches."""
    page = client.get(f"/places/{place_id}/kiosk-settings").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    path = f"/places/{place_id}/kiosk-settings/preview"
    return client.post(path, data={"csrf_token": token[1], **form}).text


def save(client: FlaskClient, place_id: int, shown: str) -> Any:
    """Press the button of the preview."""
    form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', shown))
    return client.post(f"/places/{place_id}/kiosk-settings", data=form, follow_redirects=True)


def test_a_region_chooses_after_it_has_seen_whom_it_reaches(
    chain: tuple[Shop, Shop], browser: Browser, engine: Engine, settings: Settings
) -> None:
    riverside, _ = chain
    with engine.begin() as connection:
        prefer(connection, settings, "till-1", {"light": 20})
    boss = browser(riverside.organisation)
    words = {"own-thanks": "1", "thanks-en": " Thanks  a lot! ", "thanks-ru": "Спасибо!"}
    shown = preview(boss, riverside.organisation, **{"own-light": "1", "light": "40", **words})
    assert "Save for 3 kiosks" in shown
    assert "100 % → 40 %" in shown
    assert shown.index("Hilltop") < shown.index("hill-1") < shown.index("Riverside") < shown.index("exit-1")
    with engine.connect() as connection:
        assert own_choices(connection, riverside.organisation) == {}
    saved = save(boss, riverside.organisation, shown)
    assert "3 kiosks get it now" in saved.text
    assert "3 kiosks still wait for their new settings" in saved.text
    Giving(engine, settings).look(NOW)
    with engine.connect() as connection:
        lights = [newest_settings(connection, name).settings["light"] for name in ("exit-1", "till-1", "hill-1")]  # type: ignore[union-attr]
        assert lights == [40, 20, 40]
        assert own_choices(connection, riverside.organisation) == {
            "light": 40,
            "thanks": {"en": "Thanks a lot!", "ru": "Спасибо!"},
        }
    page = boss.get(f"/places/{riverside.organisation}/kiosk-settings").text
    assert "still wait" not in page
    assert 'name="light" inputmode="numeric" autocomplete="off" value="40"' in page
    kiosk = boss.get("/kiosks/till-1/settings").text
    assert "otherwise 40 %, from Smilepost" in kiosk
    assert "otherwise 50 %, by default" in kiosk
    # One button, and all is as above again: here, as by default.
    shown = preview(boss, riverside.organisation, above="1")
    assert "Save for 3 kiosks" in shown
    assert "40 % → 100 %" in shown
    save(boss, riverside.organisation, shown)
    with engine.connect() as connection:
        assert own_choices(connection, riverside.organisation) == {}


def test_whose_choice_is_nearer_is_shown(
    chain: tuple[Shop, Shop], browser: Browser, engine: Engine, settings: Settings
) -> None:
    riverside, _ = chain
    with engine.begin() as connection:
        prefer(connection, settings, "till-1", {"light": 20})
    shown = preview(browser(riverside.organisation), riverside.region, **{"own-light": "1", "light": "40"})
    assert "Save for 1 kiosk" in shown
    assert "For 1 something nearer holds." in shown
    assert "its own" in shown
    assert "hill-1" not in shown


def test_what_somebody_else_chose_meanwhile_is_shown_first(
    chain: tuple[Shop, Shop], browser: Browser, engine: Engine
) -> None:
    riverside, _ = chain
    first, second = browser(riverside.organisation), browser(riverside.organisation)
    shown = preview(first, riverside.region, **{"own-light": "1", "light": "40"})
    save(second, riverside.region, preview(second, riverside.region, **{"own-sound": "1", "sound": "0"}))
    again = save(first, riverside.region, shown)
    assert "Look again whom it reaches now" in again.text
    with engine.connect() as connection:
        assert own_choices(connection, riverside.region) == {"sound": 0}
    save(first, riverside.region, again.text)
    with engine.connect() as connection:
        assert own_choices(connection, riverside.region) == {"light": 40}


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("light", {"light": "0"}),
        ("light", {"light": "bright"}),
        ("sound", {"sound": "101"}),
        ("repeat", {"repeat": ""}),
        ("languages", {"languages": "Klingon"}),
        ("languages", {"languages": ""}),
        ("thanks", {"thanks-en": "x" * 61}),
        ("thanks", {}),
        ("reasons", {"reasons-bad-en": "\n".join("abcdefg")}),
        ("weekday_questions", {}),
    ],
)
def test_what_does_not_fit_is_marked_and_kept_as_typed(
    chain: tuple[Shop, Shop], browser: Browser, name: str, form: dict[str, str]
) -> None:
    riverside, _ = chain
    boss = browser(riverside.organisation)
    shown = preview(boss, riverside.region, **{f"own-{name}": "1", **form})
    assert "One setting does not fit" in shown
    assert f'id="{name}-problem"' in shown
    assert all(value.splitlines()[0] in shown for value in form.values() if value)
    page = send(boss, "/kiosks/exit-1/settings", **{f"own-{name}": "1", **form})
    assert page.status_code == 422


def test_words_of_every_kind_are_read_as_they_are_shown(
    chain: tuple[Shop, Shop], browser: Browser, engine: Engine
) -> None:
    form = {
        **{f"own-{name}": "1" for name in ("languages", "did", "reasons", "weekday_questions", "repeat")},
        **{"languages": "en, uk", "repeat": "0", "did-en": "Said. Done."},
        **{"reasons-good-en": "Quick\nKind", "reasons-good-uk": "Швидко", "reasons-bad-en": "Slow"},
        "weekday_questions-fri-en": "Was it quick?",
    }
    boss = browser(chain[0].store)
    send(boss, "/kiosks/exit-1/settings", **form)
    with engine.connect() as connection:
        wanted = preferences(connection, "exit-1")
    assert wanted == {
        "languages": ["en", "uk"],
        "repeat": 0,
        "did": {"en": "Said. Done."},
        "reasons": {"good": [{"uk": "Швидко", "en": "Quick"}, {"en": "Kind"}], "bad": [{"en": "Slow"}]},
        "weekday_questions": {"fri": {"en": "Was it quick?"}},
    }
    page = boss.get("/kiosks/exit-1/settings").text
    for words in ("Quick\nKind", "Швидко\n", "Was it quick?", "en, uk"):
        assert words in page
    send(boss, "/kiosks/exit-1/settings", above="1")
    with engine.connect() as connection:
        assert preferences(connection, "exit-1") == {}


def test_a_place_sees_its_own_and_chooses_only_below(chain: tuple[Shop, Shop], browser: Browser) -> None:
    riverside, hilltop = chain
    manager = browser(riverside.store)
    assert "Only people of a place above Riverside change it." in (
        manager.get(f"/places/{riverside.store}/kiosk-settings").text
    )
    assert send(manager, f"/places/{riverside.store}/kiosk-settings", version="0").status_code == 403
    token = {"csrf_token": "", "version": "0"}
    for path in (f"/places/{hilltop.store}/kiosk-settings", f"/places/{riverside.region}/kiosk-secrets"):
        assert manager.get(path).status_code == 404
    assert manager.get("/kiosks/hill-1/settings").status_code == 404
    assert manager.post("/kiosks/exit-1/settings", data=token).status_code == 400


def test_new_secrets_go_to_all_kiosks_of_a_place_a_few_a_look(
    chain: tuple[Shop, Shop], browser: Browser, engine: Engine, settings: Settings
) -> None:
    riverside, _ = chain
    boss = browser(riverside.region)
    path = f"/places/{riverside.region}/kiosk-secrets"
    page = boss.get(path).text
    assert "Give new secrets to 2 kiosks" in page
    form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    shown = boss.post(path, data=form, follow_redirects=True).text
    assert shown.count("is given one next") == 2
    giving = Giving(engine, settings)
    giving.look(NOW)
    boss.post(path, data=form)  # a second tap
    giving.look(NOW)
    with engine.connect() as connection:
        given = connection.execute(select(kiosk_command.c.kiosk_id, kiosk_command.c.do, kiosk_command.c.number))
        assert sorted(given) == [("exit-1", "secret", 2), ("till-1", "secret", 2)]
        assert connection.execute(select(kiosk_due)).all() == []
    assert boss.get(path).text.count("has been given one, and has not used it yet") == 2


def test_programs_do_the_same(app: Flask, chain: tuple[Shop, Shop], engine: Engine, settings: Settings) -> None:
    riverside, hilltop = chain
    with engine.begin() as connection:
        tokens = {
            place: make_token(connection, "a test", ["read", "write"], place)
            for place in (riverside.organisation, riverside.store)
        }

    def ask(method: str, path: str, body: Any = None, place: int = riverside.organisation, key: str = "k") -> Any:
        headers = {"Authorization": f"Bearer {tokens[place]}", "Idempotency-Key": key}
        return app.test_client().open(f"/api/v1/{path}", method=method, json=body, headers=headers)

    path = f"places/{riverside.region}/kiosk-settings"
    found = ask("POST", f"{path}/preview", {"light": 40}).json
    assert [each["kiosk"] for each in found["affected"]] == ["exit-1", "till-1"]
    assert found["affected"][0]["changes"] == {"light": {"before": 100, "after": 40}}
    changed = ask("PATCH", path, {"light": 40}).json
    assert (changed["preferences"], changed["waiting"], changed["problems"]) == ({"light": 40}, 2, [])
    assert changed["sources"] == {"light": {"place": riverside.region, "name": "Region of Riverside"}}
    Giving(engine, settings).look(NOW)
    shown = ask("GET", "kiosks/exit-1/settings").json
    assert (shown["settings"]["light"], shown["preferences"]) == (40, {})
    assert shown["sources"] == {"light": {"place": riverside.region, "name": "Region of Riverside"}}
    assert ask("PATCH", "kiosks/exit-1/settings", {"light": 30}).json["sources"]["light"]["place"] is None
    kept = ask("POST", f"{path}/preview", {"light": None}).json["kept"]
    assert [(each["kiosk"], each["by"]) for each in kept] == [("exit-1", [{"place": None, "name": "exit-1"}])]
    assert ask("PATCH", path, {"light": 0}).status_code == 422
    assert ask("PATCH", path, {"did": {"en": "x"}}).status_code == 422
    assert ask("PATCH", path, {"light": 1}, riverside.store).status_code == 404
    assert ask("PATCH", f"places/{riverside.store}/kiosk-settings", {"light": 1}, riverside.store).status_code == 403
    secrets = f"places/{riverside.region}/kiosk-secrets"
    assert ask("POST", secrets).json == {"kiosks": 2, "waiting": 2}
    Giving(engine, settings).look(NOW)
    assert ask("POST", secrets).json == {"kiosks": 2, "waiting": 0}
    assert ask("POST", secrets, key="another").json == {"kiosks": 2, "waiting": 2}
    assert ask("POST", f"places/{hilltop.store}/kiosk-secrets", place=riverside.store).status_code == 404
