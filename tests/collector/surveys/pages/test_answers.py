"""The list of answers, and a person's say in what is spam."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from collector.cases.submit import submit, tap
from collector.ratings.kinds import Channel
from collector.ratings.tables import rating_hour
from collector.settings import Settings
from collector.surveys.answers import Contact, Reply, Source
from collector.surveys.default import ensure_default
from tests.collector.customers import words
from tests.collector.surveys.asking import EVERYTHING, STAFF, ask, make_staff_room
from tests.factories import NOW, Shop, make_shop

Browser = Callable[[int], FlaskClient]
#: Spam by its link.
WATCHES = "Cheap watches: https://watches.example/buy"


@pytest.fixture(autouse=True)
def default(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        ensure_default(connection)


@pytest.fixture
def say(engine: Engine, settings: Settings, riverside: Shop) -> Callable[..., int]:
    """Has a customer answer; returns the answer's id."""

    def answer(identity: str, channel: Channel = Channel.POSTER_QR, *, is_tap: bool = False, **more: Any) -> int:
        where = {
            "store_id": more.pop("store", riverside.store),
            "touchpoint_id": more.pop("touchpoint", riverside.exit),
        }
        at = NOW - more.pop("before", timedelta())
        source = Source(identity, channel, reference=more.pop("reference", None), **where)
        reply = Reply(**{"language": "en", "replies": {"1": 4}, **more})
        return (tap if is_tap else submit)(engine, settings, source, reply, at).answer_id

    return answer


def counted(engine: Engine) -> tuple[int, int]:
    """Ratings that count, and those that do not."""
    with engine.connect() as connection:
        sums = select(func.sum(rating_hour.c.counted), func.sum(rating_hour.c.marked))
        count, marked = connection.execute(sums).one()
    return count or 0, marked or 0


def test_every_voice_stands_in_the_list(browser: Browser, say: Callable[..., int], riverside: Shop) -> None:
    client = browser(riverside.store)
    assert "No answer has come yet." in words(client.get("/answers"))
    say("a", comment="Nobody <helped>.", reasons=[2], reference="4711", before=timedelta(minutes=5))
    say("b", Channel.HOTLINE, replies={}, comment="Thanks to Olha.", author="Taras", touchpoint=None)
    say("c", is_tap=True, replies={"1": 1}, before=timedelta(days=1))
    contact = Contact("oksana@example.org", "answer", "Yes", (NOW + timedelta(days=9)).date())
    say("d", Channel.EMAIL, contact=contact, before=timedelta(days=2))
    page = client.get("/answers")
    shown = words(page)
    assert "11:52 no rating · hotline · written down by Taras Thanks to Olha. It is spam" in shown
    assert "11:47 very bad · Exit · poster · 4711 Nobody <helped>. Service Case #1 It is spam" in shown
    assert "yesterday 11:52 very good · Exit · poster only the first tap so far" in shown
    assert "20 Nov 11:52 very bad · Exit · e-mail" in shown
    assert "oksana" not in page.text
    assert shown.index("Thanks to Olha") < shown.index("helped") < shown.index("first tap so far")


def test_every_scale_of_an_answer(browser: Browser, engine: Engine, say: Callable[..., int], riverside: Shop) -> None:
    with engine.begin() as connection:
        ask(connection, riverside.store, definition=EVERYTHING)
    say("a", replies={"1": 2, "3": 9, "7e": 5, "7p": 3})
    shown = words(browser(riverside.store).get("/answers"))
    assert (
        "good · Exit · poster Would you recommend us? 9 of 10 · How clean it was , expected 5 of 5 · "
        "How clean it was , found 3 of 5"
    ).replace(" ,", ",") in shown.replace(" ,", ",")


def test_the_list_is_filtered(browser: Browser, engine: Engine, say: Callable[..., int], riverside: Shop) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    say("a", comment="By poster.")
    say("b", Channel.REVIEW, comment="By review.")
    say("c", comment=WATCHES)
    say("d", is_tap=True, replies={"1": 1})
    say("e", store=hillside.store, touchpoint=None, comment="Uphill.")
    head = browser(riverside.organisation)

    def found(query: str) -> set[str]:
        return set(
            re.findall(r"By poster|By review|watches|first tap so far|Uphill", words(head.get(f"/answers?{query}")))
        )

    everything = {"By poster", "By review", "watches", "first tap so far", "Uphill"}
    assert found("") == everything
    assert found("channel=review") == {"By review"}
    assert found("mark=spam") == {"watches"}
    assert found("mark=none&state=complete") == {"By poster", "By review", "Uphill"}
    assert found("state=partial") == {"first tap so far"}
    assert found(f"store={hillside.store}") == {"Uphill"}
    assert found("channel=pigeon&mark=blue&state=&store=x") == everything
    assert "No answer is like this." in words(head.get("/answers?mark=mashing"))
    assert "Uphill" not in words(browser(riverside.store).get(f"/answers?store={hillside.store}"))


def test_a_person_decides_what_counts(
    browser: Browser, engine: Engine, say: Callable[..., int], riverside: Shop
) -> None:
    spam = say("a", comment=WATCHES)
    say("b", replies={"1": 1})
    client = browser(riverside.store)
    assert counted(engine) == (1, 1)
    page = client.get("/answers?mark=spam")
    assert "not counted: spam Count it" in words(page)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page.text)[0]

    def mark(answer_id: int, as_what: str, who: FlaskClient = client, token: str = token) -> Any:
        return who.post(f"/answers/{answer_id}/mark?channel=poster-qr", data={"csrf_token": token, "mark": as_what})

    assert mark(spam, "none").location == f"/answers?channel=poster-qr#answer-{spam}"
    assert counted(engine) == (2, 0)
    assert "not counted" not in words(client.get("/answers"))
    mark(spam, "spam")
    mark(spam, "spam")
    assert counted(engine) == (1, 1)
    assert mark(spam, "mashing").status_code == 400
    assert mark(999, "spam").status_code == 404
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    neighbour = browser(hillside.region)
    own = re.findall(r'name="csrf_token" value="([^"]+)"', neighbour.get("/account").text)[0]
    assert mark(spam, "none", neighbour, own).status_code == 404
    assert counted(engine) == (1, 1)


def test_single_answers_of_staff_are_nobodys_to_see(
    browser: Browser, engine: Engine, say: Callable[..., int], riverside: Shop
) -> None:
    with engine.begin() as connection:
        room = make_staff_room(connection, riverside)
        ask(connection, riverside.store, definition=STAFF, audience="staff")
    staffs = say("a", touchpoint=room, replies={"1": 2}, comment="My boss shouts.")
    client = browser(riverside.organisation)
    assert "No answer has come yet." in words(client.get("/answers"))
    token = re.findall(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)[0]
    answer = client.post(f"/answers/{staffs}/mark", data={"csrf_token": token, "mark": "spam"})
    assert answer.status_code == 404


def test_the_list_has_pages(browser: Browser, say: Callable[..., int], riverside: Shop) -> None:
    for at in range(51):
        say(f"a{at}", replies={"1": 1}, comment=f"Number {at}.", before=timedelta(minutes=at))
    client = browser(riverside.store)
    assert "Number 50." not in words(client.get("/answers"))
    assert "Older" in words(client.get("/answers"))
    last = words(client.get("/answers?page=2&channel=poster-qr"))
    assert "Number 50." in last
    assert "Number 49." not in last
    assert "Newer" in last
