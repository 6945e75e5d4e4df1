"""The pages on which the place above says how cases are handled, and when customers are written to."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from collector.cases.rules.policy import ByChannel, CasePolicy, Step
from collector.cases.settings.policy_form import shown
from collector.contacts.policy import ContactPolicy
from collector.places.tables import place
from collector.policies.queries import give_policy, policy_at
from collector.policies.tables import policy
from tests.collector.cases.pages.console import Person
from tests.collector.customers import words
from tests.factories import Shop

Somebody = Callable[[str, int], Person]


@pytest.fixture
def somebody(app: Flask, engine: Engine) -> Somebody:
    return lambda name, place_id: Person(app, engine, place_id, name)


def csrf(person: Person) -> dict[str, str]:
    return {"csrf_token": person.client.get("/account").text.split('name="csrf_token" value="')[1].split('"')[0]}


def ladder(engine: Engine, place_id: int) -> CasePolicy:
    with engine.connect() as connection:
        return policy_at(connection, place_id, "cases", CasePolicy)


def test_chosen_above_and_holding_below(somebody: Somebody, engine: Engine, riverside: Shop) -> None:
    iryna, olha = somebody("Iryna", riverside.organisation), somebody("Olha", riverside.store)
    path = f"/places/{riverside.region}/ladder"
    before = iryna.read(path)
    assert "Nobody has said anything else, so this holds:" in before
    # Words are asked for only where a change takes some, and is not without them anyway.
    assert "putting two together" not in before
    assert "not signing off" not in before
    wanted = CasePolicy(steps=(Step("store", first_response=30),), remind_hours=2, comment_required=("moved",))
    for _ in range(2):  # a second tap makes no second version
        sent = iryna.client.post(path, data={**shown(wanted).to_dict(flat=False), **csrf(iryna), "do": "keep"})
        assert sent.location == path
    page = iryna.read(path)
    assert "From now on this holds at Region of Riverside and below." in page
    assert "Chosen for Region of Riverside by Iryna" in page
    assert ladder(engine, riverside.store) == wanted
    assert ladder(engine, riverside.organisation) == CasePolicy()
    with engine.connect() as connection:
        assert len(connection.execute(select(policy)).all()) == 1
    assert "As a place above wants it for all below." in olha.read(f"/places/{riverside.store}/ladder")
    assert "As Region of Riverside wants it for all below; chosen by Iryna" in iryna.read(
        f"/places/{riverside.store}/ladder"
    )
    iryna.client.post(f"{path}/as-above", data=csrf(iryna))
    assert ladder(engine, riverside.store) == CasePolicy()
    assert "Nobody has said anything else" in iryna.read(path)


def test_nobody_gives_themselves_more(somebody: Somebody, engine: Engine, riverside: Shop) -> None:
    olha, taras = somebody("Olha", riverside.store), somebody("Taras", riverside.region)
    data = shown(CasePolicy(remind_hours=300)).to_dict(flat=False)
    for kind in ("ladder", "contacts"):
        own = f"/places/{riverside.store}/{kind}"
        page = olha.client.get(own)
        assert "Only people of a place above Riverside change it." in words(page)
        assert "<fieldset disabled>" in page.text
        assert "Keep it so" not in words(page).split("What for")[-1].split("Closing")[-1]
        assert olha.client.post(own, data={**data, **csrf(olha)}).status_code == 403
        assert olha.client.post(f"{own}/as-above", data=csrf(olha)).status_code == 403
        for place_id in (riverside.region, riverside.organisation):
            assert olha.client.get(f"/places/{place_id}/{kind}").status_code == 404
            assert olha.client.post(f"/places/{place_id}/{kind}", data={**data, **csrf(olha)}).status_code == 404
    assert "<fieldset>" in taras.client.get(f"/places/{riverside.store}/ladder").text
    assert "<fieldset disabled>" in taras.client.get(f"/places/{riverside.region}/ladder").text
    with engine.connect() as connection:
        assert connection.execute(select(policy)).all() == []
        tops = connection.scalars(select(place.c.id).where(place.c.parent_id.is_(None))).all()
    assert tops == [riverside.organisation]


def test_steps_are_added_and_moved_before_anything_is_kept(somebody: Somebody, engine: Engine, riverside: Shop) -> None:
    iryna = somebody("Iryna", riverside.organisation)
    path = f"/places/{riverside.organisation}/ladder"
    values = shown(CasePolicy()).to_dict(flat=False)
    page = iryna.client.post(path, data={**values, **csrf(iryna), "do": "add"})
    assert "Not kept yet." in words(page)
    assert page.text.count('<fieldset class="step">') == 3
    values = shown(CasePolicy(steps=(Step("store", "First"), Step("top", "Second")))).to_dict(flat=False)
    page = iryna.client.post(path, data={**values, **csrf(iryna), "do": "up-1"}).text
    assert page.index('value="Second"') < page.index('value="First"')
    page = iryna.client.post(path, data={**values, **csrf(iryna), "do": "remove-0"}).text
    assert 'value="First"' not in page
    assert ladder(engine, riverside.store) == CasePolicy()


def test_what_does_not_fit_is_marked(somebody: Somebody, engine: Engine, riverside: Shop) -> None:
    iryna = somebody("Iryna", riverside.organisation)
    path = f"/places/{riverside.organisation}/ladder"
    values = shown(CasePolicy(steps=(Step(people=("Iryna", "Nobody")),))).to_dict(flat=False)
    answer = iryna.client.post(path, data={**values, **csrf(iryna), "remind": "often", "do": "keep"})
    assert answer.status_code == 422
    assert "Nothing is kept yet" in words(answer)
    assert "There is no account called Nobody." in words(answer)
    assert 'id="remind-against" class="against">A whole number from 1 to 336.' in answer.text
    assert 'value="often"' in answer.text
    assert ladder(engine, riverside.store) == CasePolicy()


def test_when_customers_are_written_to(somebody: Somebody, engine: Engine, riverside: Shop) -> None:
    iryna = somebody("Iryna", riverside.organisation)
    path = f"/places/{riverside.store}/contacts"
    typed = {"quiet-from": "20:00", "quiet-until": "10:00", "months": "12", "review-link": "", "purposes": ["outcome"]}
    assert iryna.client.post(path, data={**typed, **csrf(iryna)}).location == path
    with engine.connect() as connection:
        found = policy_at(connection, riverside.store, "contacts", ContactPolicy)
    assert found == ContactPolicy(quiet_from="20:00", quiet_until="10:00", months=12, purposes=("outcome",))
    answer = iryna.client.post(path, data={**typed, **csrf(iryna), "months": "0"})
    assert answer.status_code == 422
    assert "A whole number from 1 to 60." in words(answer)


def test_a_channels_own_rule_stands_in_its_line(somebody: Somebody, engine: Engine, riverside: Shop) -> None:
    iryna = somebody("Iryna", riverside.organisation)
    own = CasePolicy(channels=(ByChannel("messenger", within=3), ByChannel("hotline", by="11:00")))
    with engine.begin() as connection:
        give_policy(connection, riverside.organisation, "cases", own, "a test")
    page = iryna.client.get(f"/places/{riverside.organisation}/ladder").text
    lines = [" ".join(line.split("</summary>")[0].split()) for line in page.split("<summary>")[1:]]
    assert "Messenger · within 3 minutes" in lines
    assert "Hotline · by 11:00 on the next day" in lines
    assert "E-mail" in lines
