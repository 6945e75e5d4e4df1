"""Messages that perhaps did not arrive, and a webhook whose receiver was down, in a real browser without scripts."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import Engine, update

from collector.notify.events import record
from collector.notify.webhooks import make_webhook
from collector.queue.tables import job
from tests.collector.messages.conftest import Written
from tests.factories import Shop

UNSURE = "The gateway hung up without an answer. The message may be on its way."


def test_what_needs_a_look_gets_one(
    open_window: Callable[..., Page], engine: Engine, riverside: Shop, written: Written
) -> None:
    written("unknown", UNSURE)
    written("unknown", UNSURE)
    written("failed", "It waited too long.")
    written("held")
    page = open_window(riverside.organisation, scripts=False, width=360)
    page.goto("/messages")
    rows = page.get_by_role("main").get_by_role("list").get_by_role("listitem")
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="It arrived").first.click()
    page.get_by_role("button", name="It did not: send again").click()
    page.get_by_role("button", name="Send again", exact=True).click()
    expect(page.get_by_text("No message needs a look")).to_be_visible()
    for name in ("Held (1)", "On their way (2)", "All (4)"):
        page.get_by_role("link", name=name).click()
        expect(page.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
    # Another system was told of two cases, and did not hear.
    with engine.begin() as connection:
        make_webhook(connection, "https://desk.example.com/events", riverside.region, None)
        for number in (1, 2):
            record(
                connection, "smilepost.case.opened", f"cases/{number}", riverside.store, {}, event_id=f"event-{number}"
            )
        connection.execute(update(job).values(state="failed", outcome="The receiver answered 500. Tried 10 times."))
    page.get_by_role("link", name="Webhooks").click()
    page.get_by_role("link", name="https://desk.example.com/events").click()
    expect(page.get_by_text("2 dead letters")).to_be_visible()
    page.get_by_role("button", name="Send again", exact=True).first.click()
    expect(page.get_by_role("status")).to_contain_text("1 event goes again.")
    page.get_by_role("button", name="Send all again").click()
    expect(page.get_by_role("button", name="Send all again")).to_have_count(0)
