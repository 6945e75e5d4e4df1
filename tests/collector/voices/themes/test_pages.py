"""What is listened for: a person sees it, changes the words, adds a theme, and goes back to those of above."""

import re
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from tests.collector.customers import words
from tests.factories import Shop

Browser = Callable[..., FlaskClient]


def post(client: FlaskClient, path: str, **form: Any) -> TestResponse:
    token = re.findall(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)[0]
    return client.post(path, data={"csrf_token": token, **form})


def test_themes_are_a_places_own(
    browser: Browser, say: Callable[..., int], read: Callable[[], None], riverside: Shop
) -> None:
    for at, comment in enumerate(("Pigeons everywhere", "A pigeon, and PIGEONS again", "Pigeons! A queue.", "pigeons")):
        say(f"a{at}", comment=comment)
    read()
    head, own = browser(riverside.organisation), f"/places/{riverside.store}"
    shown = words(head.get(f"{own}/themes"))
    assert "As above this place." in shown
    assert "Queue and waiting Ukrainian 22 · Russian 20 · English 23" in shown
    assert "What else is often said?" in shown
    assert "pigeons 3" in shown
    assert "queue*, queuing" in head.get(f"{own}/themes/queue").text
    assert head.get(f"{own}/themes/nothing").status_code == 404
    assert (
        post(head, f"{own}/themes/new", **{"name": "Birds", "words-en": "pigeon*,\n sea  gull*, pigeon*"}).status_code
        == 302
    )
    read()
    shown = words(head.get(f"{own}/voices"))
    assert re.search(r"What do they speak of\? Birds 4 Queue and waiting 1", shown)
    key = re.findall(rf'{own}/themes/(own-\w+)"', head.get(f"{own}/themes").text)[0]
    assert "pigeon*, sea gull*" in head.get(f"{own}/themes/{key}").text
    assert "Chosen for Riverside and all below it by account-" in words(head.get(f"{own}/themes"))
    # The organisation's page knows what its stores listen for.
    assert "Birds 4" in words(head.get(f"/places/{riverside.organisation}/voices"))
    assert post(head, f"{own}/themes/{key}", **{"name": "Gulls", "words-en": "gull*"}).status_code == 302
    read()
    assert "Gulls" not in words(head.get(f"{own}/voices")).split("What do they speak of?")[1]
    assert post(head, f"{own}/themes/queue/end").status_code == 302
    read()
    assert "nothing of these 4" in words(head.get(f"{own}/voices"))
    assert post(head, f"{own}/themes").status_code == 302
    read()
    shown = words(head.get(f"{own}/voices"))
    assert "Queue and waiting 1 nothing of these 3" in shown
    assert "Do as the place above" not in head.get(f"{own}/themes").text


def test_what_does_not_fit_is_said(browser: Browser, riverside: Shop) -> None:
    head, path = browser(riverside.organisation), f"/places/{riverside.store}/themes"

    def told(key: str, **form: str) -> str:
        answer = post(head, f"{path}/{key}", **{name.replace("_", "-"): value for name, value in form.items()})
        assert answer.status_code == 422
        return words(answer)

    assert "A name of up to 40 characters." in told("new", name="  ", words_en="bird")
    assert "At least one word, in whatever language." in told("queue", words_en=" , ,")
    assert "“***” has no letter in it that could be looked for." in told("queue", words_en="till, ***")
    assert "is too long: commas stand between words." in told("queue", words_uk="черга " * 20)
    many = told("queue", words_en=", ".join(f"word{at}" for at in range(101)))
    assert "No more than 100 words in a language." in many
    assert "word100" in many


def test_only_who_shapes_a_place_changes_them(browser: Browser, engine: Engine, riverside: Shop) -> None:
    path = f"/places/{riverside.region}/themes"
    store, region = browser(riverside.store, "store"), browser(riverside.region, "region")
    assert store.get(f"/places/{riverside.store}/themes/queue").status_code == 200
    assert "Listen for it" not in store.get(f"/places/{riverside.store}/themes/queue").text
    assert store.get(f"/places/{riverside.store}/themes/new").status_code == 403
    assert post(store, f"/places/{riverside.store}/themes/queue", **{"words-en": "x"}).status_code == 403
    # For their own place somebody above says it, or they themselves at the top.
    assert region.get(f"{path}/new").status_code == 403
    assert post(region, f"{path}/queue", **{"words-en": "x"}).status_code == 403
    assert post(region, f"/places/{riverside.store}/themes/queue", **{"words-en": "x"}).status_code == 302
    assert post(region, f"/places/{riverside.organisation}/themes", **{"words-en": "x"}).status_code == 404
