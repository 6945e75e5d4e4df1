"""What holds at a place, for programs: its cases, its contacts, its alerts."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from collector.accounts.tokens import make_token
from tests.factories import Shop, make_shop

#: Of each kind: what somebody wants, and what is wrong.
WANTED: dict[str, dict[str, Any]] = {
    "cases": {
        "remind_hours": 2,
        "steps": [{"place": "store", "calendar": {"type": "store"}, "first_response": 30}],
        "compensation": {"store": "100.50"},
    },
    "contacts": {"quiet_from": "20:00", "purposes": ["outcome"], "review_link": "https://example.org/tell"},
    "alerts": {"bad_share": {"percent": 30}, "printer": None},
}
WRONG: dict[str, list[Any]] = {
    "cases": [
        {"remind_hours": 0},
        {"remind_hour": 2},
        {"steps": [{"place": "nowhere"}]},
        {"root_causes": ["a\0b"]},
        {"steps": [{"name": "\ud800"}]},
        {"steps": [{"place": "store", "people": ["olena"], "firstresponse": 1}]},
        {"compensation": {"store": "-1"}},
        {"channels": [{"channel": "messenger", "within": 3, "by": "11:00"}]},
        {"channels": [{"channel": "messenger", "by": "11:00\n"}]},
        # Changes that take no words, or always have some.
        {"comment_required": ["merged"]},
        {"comment_required": ["rejected"]},
    ],
    "contacts": [
        {"quiet_from": "25:00"},
        {"quiet_from": "21:00\n"},
        {"months": 0},
        {"month": 3},
        {"purposes": ["adverts"]},
        {"review_link": "http://example.org"},
        {"review_link": "https://example.org/\0"},
    ],
    "alerts": [{"bad_share": {"percent": 0}}, {"noise": {}}, {"index": {"over": 3}}],
}
KINDS = tuple(WANTED)


@pytest.fixture
def program(app: Flask, engine: Engine) -> Callable[[int], Callable[..., Any]]:
    """Makes a program of a place that may read and write; call it with a path, and with a policy to choose it."""

    def of(place_id: int) -> Callable[..., Any]:
        with engine.begin() as connection:
            token = make_token(connection, "head office", ("read", "write"), place_id)

        def call(path: str, *policy: Any) -> Any:
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}
            client, path = app.test_client(), f"/api/v1/places/{path}"
            return (
                client.put(path, json={"policy": policy[0]}, headers=headers)
                if policy
                else client.get(path, headers=headers)
            )

        return call

    return of


@pytest.mark.parametrize("kind", KINDS)
def test_chosen_above_and_gone_back(program: Callable[..., Any], riverside: Shop, kind: str) -> None:
    region, store = program(riverside.region), program(riverside.store)
    path = f"{riverside.store}/policies/{kind}"
    usual = store(path).json
    assert {name: usual[name] for name in usual if name != "policy"} == {
        **{"is_own": False, "version": None, "author": None, "since": None}
    }
    chosen = [region(path, WANTED[kind]) for _ in range(2)]
    assert [each.status_code for each in chosen] == [200, 200]
    assert chosen[0].json == chosen[1].json == store(path).json  # twice is one version
    assert (chosen[0].json["is_own"], chosen[0].json["version"]) == (True, 1)
    assert chosen[0].json["author"] == "head office"
    assert chosen[0].json["policy"] != usual["policy"]
    # What is read can be written.
    assert region(path, chosen[0].json["policy"]).json["version"] == 1
    assert region(path, None).json == usual
    assert region(path, None).json == usual
    # Going back was a version, once.
    assert region(path, WANTED[kind]).json["version"] == 3


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_chooses_their_own(program: Callable[..., Any], engine: Engine, riverside: Shop, kind: str) -> None:
    with engine.begin() as connection:
        beside = make_shop(connection, "Lakeside", beside=riverside)
    region, store, stranger = program(riverside.region), program(riverside.store), program(beside.store)
    own = f"{riverside.store}/policies/{kind}"
    for policy in (WANTED[kind], None):
        assert store(own, policy).status_code == 403
    assert region(f"{riverside.region}/policies/{kind}", WANTED[kind]).status_code == 403
    for hidden, who in ((f"{riverside.region}/policies/{kind}", store), (own, stranger)):
        assert who(hidden).status_code == who(hidden, WANTED[kind]).status_code == 404
    # At the top there is nobody above.
    assert program(riverside.organisation)(f"{riverside.organisation}/policies/{kind}", WANTED[kind]).status_code == 200
    assert not store(own).json["is_own"]
    assert store(own).json["policy"] == region(f"{riverside.region}/policies/{kind}").json["policy"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_fit_changes_nothing(program: Callable[..., Any], riverside: Shop, kind: str) -> None:
    region, path = program(riverside.region), f"{riverside.store}/policies/{kind}"
    for wrong in (*WRONG[kind], [], "on"):
        assert region(path, wrong).status_code == 422, wrong
    assert region(path).json["version"] is None


def test_there_are_no_other_kinds(program: Callable[..., Any], riverside: Shop) -> None:
    assert program(riverside.store)(f"{riverside.store}/policies/prices").status_code == 404
