"""Segments: made by a person, asked anew each time, and used to narrow down other pages."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, select, update

from collector.audit.tables import audit
from collector.contacts.tables import consent, refusal
from collector.ratings.kinds import Channel
from collector.surveys.answers import Consent, Contact
from collector.surveys.tables import answer, contact
from tests.collector.customers import words
from tests.collector.pages import send
from tests.factories import NOW, Shop, add_up, make_kiosk, make_ratings, make_shop

Browser = Callable[..., FlaskClient]
DAY = timedelta(days=1)


def make(client: FlaskClient, kind: str, name: str, **form: Any) -> int:
    """Choose one on its form; returns its number."""
    page = client.get(f"/segments/new?kind={kind}").text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.split("<main>")[1]))
    made = client.post("/segments", data={**hidden, "name": name, **form})
    assert made.status_code == 302, words(made)
    again = client.post("/segments", data={**hidden, "name": name, **form})
    assert again.location == made.location
    return int(made.location.rpartition("/")[2])


def test_stores_are_in_it_as_long_as_they_fit(browser: Browser, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
        lakeside = make_shop(connection, "Lakeside", beside=riverside)
        for shop, bad in ((riverside, 15), (hillside, 2), (lakeside, 1)):
            kiosk = make_kiosk(connection, shop)
            make_ratings(connection, kiosk, [4] * bad + [1] * (1 if shop is lakeside else 18))
        add_up(connection)
    head = browser(riverside.organisation, "head-office")
    low = make(head, "places", "Below 60", index_to="60", days="28", channel=["kiosk-button", "web"])
    page = words(head.get(f"/segments/{low}"))
    assert "index from 0 to 60 in the last 28 days, of at least 20 ratings" in page
    assert "heard by Kiosk buttons, Web in the last 28 days" in page
    assert "1 store now" in page
    assert "Riverside 55 ± 16 33" in page
    assert "Hillside" not in page
    channels = words(head.get(f"/places/{riverside.organisation}/channels?segment={low}"))
    assert "Only the stores of the segment “Below 60”" in channels
    assert "33 ratings" in channels
    sides = make(head, "places", "On a hill", part="HILL", below=str(hillside.region))
    assert "1 store now Store Index Ratings Hillside 90" in words(head.get(f"/segments/{sides}"))
    none = make(head, "places", "No such", part="100%_")
    assert "0 stores now" in words(head.get(f"/segments/{none}"))
    # It heals: out of it.
    with engine.begin() as connection:
        make_ratings(connection, make_kiosk(connection, riverside), [1] * 60)
        add_up(connection)
    assert "0 stores now" in words(head.get(f"/segments/{low}"))


def test_voices_and_channels_are_narrowed_down(
    browser: Browser, engine: Engine, say: Callable[..., int], read: Callable[[], None], riverside: Shop
) -> None:
    say("a", comment="A long queue", replies={"1": 4})
    say("b", Channel.WEB, comment="A queue", replies={"1": 1})
    say("c", comment="Lovely", replies={"1": 1})
    say("d", Channel.WEB, replies={"1": 4})
    read()
    client = browser(riverside.organisation)

    def listed(segment: int) -> list[str]:
        page = words(client.get(f"/places/{riverside.store}/voices?segment={segment}"))
        return re.findall(r"A long queue|A queue|Lovely", page)

    queues = make(client, "answers", "Queues", theme=["queue", "staff", "nonsense"], face=["very-bad"], case="with")
    page = words(client.get(f"/segments/{queues}"))
    assert "felt very bad" in page
    assert "speaks of Queue and waiting, Staff and service" in page
    assert "has a case" in page
    assert listed(queues) == ["A long queue"]
    web = make(client, "answers", "By web", channel="web", touchpoint="exi", hours="open")
    shown = words(client.get(f"/places/{riverside.store}/channels?segment={web}"))
    assert "Only ratings that came with a voice of the segment “By web”" in shown
    assert "Web too few to compare 2 ratings very good 50 %, good 0 %, bad 0 %, very bad 50 %" in shown
    assert "Poster too few" not in shown
    assert send(client, f"/segments/{web}/edit", name="x" * 41).status_code == 405
    token = re.findall(r'name="csrf_token" value="([^"]+)"', client.get(f"/segments/{web}/edit").text)[0]
    wrong = client.post(f"/segments/{web}", data={"csrf_token": token, "name": " ", "words": "queue"})
    assert wrong.status_code == 422
    assert "A name of up to 40 characters." in words(wrong)
    client.post(f"/segments/{web}", data={"csrf_token": token, "name": "Words", "words": "queue", "case": "without"})
    changed = words(client.get(f"/segments/{web}"))
    assert "says “queue” has no case" in changed
    assert listed(web) == ["A queue"]


def test_customers_are_in_it_only_while_they_agree(
    browser: Browser, engine: Engine, say: Callable[..., int], riverside: Shop
) -> None:
    until = (NOW + 90 * DAY).date()

    def customer(name: str, *, purpose: str | None = "invitation", **more: Any) -> None:
        contact = Contact(f"{name}@example.org", "answer", "Yes", until)
        consents = [Consent(purpose, "Yes", until)] if purpose else []
        say(name, contact=contact, consents=consents, comment=f"By {name}.", **more)

    customer("agrees")
    customer("again", replies={"1": 1})
    customer("for-an-answer-only", purpose=None)
    customer("for-another-thing", purpose="review")
    customer("took-it-back")
    customer("said-stop")
    customer("ended")
    customer("long-ago", before=100 * DAY)
    with engine.begin() as connection:

        def of(name: str) -> Any:
            query = select(contact.c.digest).join(answer).where(answer.c.identity == name)
            return consent.c.digest == query.scalar_subquery()

        connection.execute(update(consent).where(of("took-it-back")).values(withdrawn_at=NOW))
        connection.execute(update(consent).where(of("ended")).values(ends_on=NOW.date()))
        digest = connection.scalar(select(consent.c.digest).where(of("said-stop")))
        connection.execute(insert(refusal).values(digest=digest, at=NOW))
    head = browser(riverside.organisation, "head-office")
    segment = make(head, "customers", "To invite", purpose="invitation", days="91")
    page = head.get(f"/segments/{segment}")
    assert "agreed to be invited to say how it was said something within 91 days" in words(page)
    assert "2 customers now" in words(page)
    assert "example.org" not in page.text
    theirs = words(head.get(f"/places/{riverside.store}/voices?segment={segment}&days=300"))
    found = re.findall(r"By ([\w-]+)\.", theirs)
    assert sorted(found) == ["again", "agrees"]
    unhappy = make(head, "customers", "Unhappy", purpose="invitation", days="91", face="very-bad")
    assert "1 customer now" in words(head.get(f"/segments/{unhappy}"))

    def addresses(client: FlaskClient) -> Any:
        token = re.findall(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)[0]
        return client.post(f"/segments/{segment}/addresses", data={"csrf_token": token})

    assert "again@example.org agrees@example.org" in words(addresses(head))
    with engine.begin() as connection:
        entry = connection.execute(select(audit.c.action, audit.c.subject)).all()
        assert ("saw-contact", f"segments/{segment}") in [tuple(each) for each in entry]
    # A store uses it for its own customers, and sees no address.
    store = browser(riverside.store, "store")
    assert "2 customers now" in words(store.get(f"/segments/{segment}"))
    assert "Show their addresses" not in store.get(f"/segments/{segment}").text
    assert addresses(store).status_code == 403


def test_a_segment_belongs_to_a_place(browser: Browser, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    region, neighbour = browser(riverside.region, "region"), browser(hillside.region, "region")
    head = browser(riverside.organisation)
    own = make(region, "answers", "Ours")
    common = make(head, "answers", "Everybody's")
    assert "Ours" in words(region.get("/segments"))
    assert "Everybody's" in words(region.get("/segments"))
    assert "Ours" in words(head.get("/segments"))
    assert "Ours" not in words(neighbour.get("/segments"))
    assert neighbour.get(f"/segments/{own}").status_code == 404
    assert neighbour.get(f"/places/{hillside.store}/voices?segment={own}").status_code == 404
    assert neighbour.get(f"/segments/{common}").status_code == 200
    assert neighbour.get(f"/segments/{common}/edit").status_code == 403
    assert browser(riverside.store, "store").get("/segments/new?kind=answers").status_code == 403
    assert region.get("/segments/new?kind=people").status_code == 404
    token = re.findall(r'name="csrf_token" value="([^"]+)"', region.get(f"/segments/{own}").text)[0]
    region.post(f"/segments/{own}/end", data={"csrf_token": token})
    assert "“Ours” is put away. Bring back" in words(region.get("/segments"))
    assert "Ours" not in words(browser(riverside.store, "store").get("/segments"))
    assert "Ended (1) Ours Bring back" in words(region.get("/segments"))
    assert "It was put away 11:52" in words(region.get(f"/segments/{own}"))
    region.post(f"/segments/{own}/back", data={"csrf_token": token})
    assert "Ours" in words(region.get("/segments"))


def test_a_new_one_asks_what_it_is_to_choose(browser: Browser, riverside: Shop) -> None:
    office = browser(riverside.organisation)
    page = office.get("/segments/new")
    assert page.status_code == 200
    for kind in ("places", "answers", "customers"):
        assert f'href="/segments/new?kind={kind}"' in page.text
        assert office.get(f"/segments/new?kind={kind}").status_code == 200
    assert office.get("/segments/new?kind=moons").status_code == 404
