"""What is held, on its way, unsure or failed, and what a person decides about it."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update

from collector.contacts.tables import message
from collector.notify.events import record
from collector.notify.webhooks import make_webhook
from collector.queue.tables import job
from tests.collector.customers import words
from tests.collector.messages.conftest import Written
from tests.factories import Shop, make_shop

Browser = Callable[[int], FlaskClient]
UNSURE = "The gateway hung up without an answer. The message may be on its way."


def press(client: FlaskClient, action: str, page: str = "/messages", **data: str) -> str:
    """Press a button of a page; returns what the page says then."""
    found = re.search(rf'action="{action}">(.*?)</form>', client.get(page).text, re.DOTALL)
    assert found, f"no button for {action} on {page}"
    fields = dict(re.findall(r'name="(\w+)" value="([^"]+)"', found[1]))
    return words(client.post(action, data=fields | data, follow_redirects=True))


def state(engine: Engine, message_id: int) -> tuple[str, str | None]:
    with engine.connect() as connection:
        row = connection.execute(
            select(job.c.state, job.c.outcome)
            .join(message, message.c.job_id == job.c.id)
            .where(message.c.id == message_id)
        ).one()
    return row.state, row.outcome


@pytest.mark.parametrize(
    ("which", "state", "outcome", "said"),
    [
        ("held", "held", None, "Held until 13:52."),
        ("going", "queued", None, "On its way."),
        ("going", "queued", "The gateway answered 429.", "On its way. Last try: The gateway answered 429."),
        ("going", "sending", None, "On its way."),
        ("sent", "done", None, "Sent 11:52."),
        (
            "refused",
            "refused",
            "The customer wants no more messages.",
            "Not sent: The customer wants no more messages.",
        ),
        ("look", "failed", "It waited too long.", "Not sent: It waited too long. Send again"),
        ("look", "unknown", UNSURE, f"Perhaps sent: {UNSURE} It arrived It did not: send again"),
    ],
)
def test_how_a_message_stands(
    browser: Browser, riverside: Shop, written: Written, which: str, state: str, outcome: str | None, said: str
) -> None:
    written(state, outcome)
    shown = words(browser(riverside.store).get(f"/messages?list={which}"))
    assert f"The answer by text message · +380•••••67 · Riverside {said}" in shown
    assert "1234567" not in shown


def test_nothing_needs_a_look(browser: Browser, riverside: Shop, written: Written) -> None:
    written("done")
    client = browser(riverside.store)
    assert "No message needs a look: each has arrived, or is on its way." in words(client.get("/messages"))
    assert "Sent (1)" in words(client.get("/messages?list=sent"))
    assert client.get("/messages?list=other").status_code == 404


def test_an_unsure_one_is_in_the_navigation_and_is_settled_once(
    browser: Browser, engine: Engine, riverside: Shop, written: Written
) -> None:
    unsure = written("unknown", UNSURE)
    first, second = browser(riverside.store), browser(riverside.region)
    assert "Messages (1)" in words(first.get("/messages"))
    page = second.get("/messages").text
    assert "Messages (1)" not in press(first, f"/messages/{unsure}/arrived")
    state_now, outcome = state(engine, unsure)
    assert state_now == "done"
    assert outcome
    assert outcome.endswith(" looked: it had arrived.")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    answer = second.post(f"/messages/{unsure}/again", data={"csrf_token": token[1]}, follow_redirects=True)
    assert "This was settled already." in words(answer)
    assert state(engine, unsure)[0] == "done"


def test_what_did_not_arrive_is_sent_again_under_the_same_key(
    browser: Browser, engine: Engine, riverside: Shop, written: Written
) -> None:
    unsure = written("unknown", UNSURE)
    press(browser(riverside.store), f"/messages/{unsure}/again")
    assert state(engine, unsure)[0] == "queued"
    with engine.connect() as connection:
        assert len(connection.execute(select(job)).all()) == 1


def test_an_erased_address_cannot_be_written_to_again(
    browser: Browser, engine: Engine, riverside: Shop, written: Written
) -> None:
    gone = written("failed", "It waited too long.", address=None, content={})
    shown = words(browser(riverside.store).get("/messages"))
    assert "by text message · address erased" in shown
    assert "Send again" not in shown
    with engine.begin() as connection:
        connection.execute(update(job).values(state="unknown"))
    assert "send again" not in words(browser(riverside.store).get("/messages"))
    assert gone


def test_each_sees_their_own_messages(browser: Browser, engine: Engine, riverside: Shop, written: Written) -> None:
    unsure = written("unknown", UNSURE)
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    neighbour = browser(hillside.store)
    shown = neighbour.get("/messages")
    assert "Riverside" not in words(shown)
    form = re.search(r'name="csrf_token" value="([^"]+)"', shown.text)
    assert form
    for action in ("arrived", "again"):
        answer = neighbour.post(f"/messages/{unsure}/{action}", data={"csrf_token": form[1]})
        assert answer.status_code == 404
    assert neighbour.post(f"/messages/{unsure}/arrived").status_code == 400
    assert state(engine, unsure)[0] == "unknown"


def test_whoever_is_not_signed_in_is_asked_to(visitor: FlaskClient) -> None:
    for page in ("/messages", "/messages/webhooks", "/messages/webhooks/1"):
        assert "/sign-in" in visitor.get(page).location


def test_dead_letters_are_shown_with_their_reason_and_sent_again(
    browser: Browser, engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        hook = make_webhook(connection, "https://desk.example.com/events", riverside.region, None).id
        for number in (1, 2):
            about = ("smilepost.case.opened", f"cases/{number}", riverside.store, {})
            record(connection, *about, event_id=f"case-event-{number}")
        connection.execute(update(job).values(state="failed", outcome="The receiver answered 500. Tried 10 times."))
    client, page = browser(riverside.region), f"/messages/webhooks/{hook}"
    assert "https://desk.example.com/events on · 2 dead letters" in words(client.get("/messages/webhooks"))
    shown = words(client.get(page))
    assert "smilepost.case.opened · cases/1 · case-event-1" in shown
    assert "The receiver answered 500. Tried 10 times." in shown
    data = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert data
    one = client.post(f"{page}/replay", data={"csrf_token": data[1], "event": "case-event-2"}, follow_redirects=True)
    assert "1 event goes again." in words(one)
    assert "1 dead letter" in words(client.get(page))
    assert "1 event goes again." in press(client, f"{page}/replay", page)
    with engine.connect() as connection:
        assert connection.scalars(select(job.c.state)).all() == ["queued", "queued"]
    # Others neither see it nor send it again.
    store = browser(riverside.store)
    assert "desk.example.com" not in words(store.get("/messages/webhooks"))
    assert store.get(page).status_code == 404
