"""Closing a case: with its root cause, within limits, and where the place wants it by two people."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from collector.cases import changes
from collector.cases.changes.conditional import NotAllowed
from collector.cases.rules.policy import Compensation, SignOff
from collector.improvements.tables import improvement
from tests.collector.cases.house import House, at

SAID = "A second till opens."


def test_root_cause_and_what_was_given(house: House) -> None:
    case_id = house.complain()
    given = {"root_cause": "Too few people", "compensation": Decimal("149.90")}
    assert house.do(changes.resolve, case_id, house.by(), SAID, **given)
    row = house.case(case_id)
    assert (row.root_cause, row.compensation) == ("Too few people", Decimal("149.90"))
    assert house.log(case_id)[-1].data == {**given, "compensation": "149.90", "currency": "UAH"}


def test_a_root_cause_of_the_place(house: House) -> None:
    house.rule(root_causes=("Dough", "Oven"), root_cause_required=True)
    case_id = house.complain()
    with pytest.raises(NotAllowed, match="root of it"):
        house.do(changes.resolve, case_id, house.by(), SAID)
    with pytest.raises(NotAllowed, match="one of the root causes"):
        house.do(changes.resolve, case_id, house.by(), SAID, root_cause="Goods")
    assert house.do(changes.resolve, case_id, house.by(), SAID, root_cause="Oven")


@pytest.mark.parametrize(
    ("level", "amount", "is_fine"),
    [
        ("store", "500", True),
        ("store", "500.01", False),
        ("region", "2000", True),
        ("region", "2000.01", False),
        ("organisation", "1000000", True),
        ("organisation", "-1", False),
        ("organisation", "0.001", False),
        ("organisation", "NaN", False),
        ("store", "0", True),
    ],
)
def test_up_to_a_limit_without_asking(house: House, level: str, amount: str, is_fine: bool) -> None:
    case_id = house.complain()
    by = house.by(place_id=getattr(house.shop, level))
    if is_fine:
        assert house.do(changes.resolve, case_id, by, SAID, compensation=Decimal(amount))
        return
    with pytest.raises(NotAllowed):
        house.do(changes.resolve, case_id, by, SAID, compensation=Decimal(amount))
    assert house.kinds(case_id) == ["opened"]


def test_the_limits_are_the_places(house: House) -> None:
    house.rule(compensation=Compensation(currency="EUR", store=Decimal(20)))
    with pytest.raises(NotAllowed, match="up to 20 EUR without asking"):
        house.do(changes.resolve, house.complain(), house.by(), SAID, compensation=Decimal(21))


def test_you_said_we_did(house: House) -> None:
    case_id = house.complain()
    house.do(changes.resolve, case_id, house.by(), SAID, did={"en": "A second till from five."})
    with house.engine.connect() as connection:
        row = connection.execute(select(improvement)).one()
    assert (row.case_id, row.place_id, row.touchpoint_id) == (case_id, house.shop.store, house.shop.exit)
    assert row.text == {"en": "A second till from five."}
    with pytest.raises(NotAllowed, match="characters long"):
        house.do(changes.resolve, house.complain(), house.by(), SAID, did={"en": "x" * 500})


@pytest.mark.parametrize(
    ("rule", "given"),
    [(SignOff(kinds=("complaint",)), None), (SignOff(compensation_above=Decimal(100)), Decimal(101))],
)
def test_another_person_has_to_look_at_it(house: House, rule: SignOff, given: Decimal | None) -> None:
    house.rule(sign_off=rule)
    case_id = house.complain(contact="anna@home.example")
    olena, renamed = house.by("olena", account_id=1), house.by("olha", account_id=1, hours=2)
    region = house.by("petro", house.shop.region, 3, account_id=2)
    more: dict[str, Any] = {"compensation": given, "root_cause": "Goods", "did": {"en": "Two tills."}}
    assert house.do(changes.resolve, case_id, olena, SAID, **more)
    assert house.case(case_id).state == "review"
    for same in (olena, renamed, house.by("olena", account_id=None)):
        with pytest.raises(NotAllowed, match="Another person"):
            house.do(changes.accept, case_id, same)
    # Until then nobody outside hears of it.
    assert [purpose for purpose, _ in house.messages(case_id)] == ["receipt"]
    with house.engine.connect() as connection:
        assert connection.execute(select(improvement)).first() is None
    assert house.do(changes.accept, case_id, region)
    assert house.kinds(case_id) == ["opened", "proposed", "accepted", "resolved"]
    resolved = house.log(case_id)[-1]
    assert (resolved.author, resolved.comment, resolved.at) == ("olena", SAID, at(3))
    assert resolved.data["root_cause"] == "Goods"
    assert [purpose for purpose, _ in house.messages(case_id)] == ["receipt", "outcome"]
    with house.engine.connect() as connection:
        assert connection.execute(select(improvement.c.text)).scalar_one() == {"en": "Two tills."}


def test_what_needs_no_second_look(house: House) -> None:
    house.rule(sign_off=SignOff(kinds=("praise",), compensation_above=Decimal(100)))
    case_id = house.complain()
    assert house.do(changes.resolve, case_id, house.by(), SAID, compensation=Decimal(100))
    assert house.case(case_id).state == "resolved"


def test_giving_it_back(house: House) -> None:
    house.rule(sign_off=SignOff(kinds=("complaint",)))
    case_id = house.complain()
    house.do(changes.resolve, case_id, house.by("olena"), SAID, root_cause="Goods")
    petro = house.by("petro", hours=2, account_id=2)
    with pytest.raises(NotAllowed, match="few words"):
        house.do(changes.reject, case_id, petro, " ")
    assert house.do(changes.reject, case_id, petro, "Say when.")
    row = house.case(case_id)
    assert (row.state, row.taken_by, row.root_cause) == ("taken", "olena", None)
    assert not house.do(changes.accept, case_id, petro)
    assert house.do(changes.resolve, case_id, house.by("olena", hours=3), "A second till opens at five.")
    assert house.do(changes.accept, case_id, petro)
    assert house.log(case_id)[-1].comment == "A second till opens at five."


def test_a_repeat_of_a_proposal_and_of_a_sign_off(house: House) -> None:
    house.rule(sign_off=SignOff(kinds=("complaint",)))
    case_id = house.complain()
    for _ in range(2):
        assert house.do(changes.resolve, case_id, house.by("olena", key="k1"), SAID)
    for _ in range(2):
        assert house.do(changes.accept, case_id, house.by("petro", key="k2", account_id=2))
    assert house.kinds(case_id) == ["opened", "proposed", "accepted", "resolved"]


def test_those_hear_of_a_proposal_who_may_sign_it_off(house: House) -> None:
    house.rule(sign_off=SignOff(kinds=("complaint",)))
    olena = house.person("olena", house.shop.store, "olena@shop.example")
    house.person("petro", house.shop.store, "petro@shop.example")
    house.person("iryna", house.shop.region, "iryna@shop.example")
    case_id = house.complain()
    before = len(house.messages(case_id))
    house.do(changes.resolve, case_id, house.by("olena", account_id=olena), SAID)
    told = [address for _, address in house.messages(case_id)[before:]]
    assert sorted(told) == ["iryna@shop.example", "petro@shop.example"]


def test_opening_it_again(house: House) -> None:
    case_id = house.complain()
    assert not house.do(changes.reopen, case_id, house.by())
    house.do(changes.resolve, case_id, house.by("olena", hours=40), SAID)
    assert house.do(changes.reopen, case_id, house.by(hours=100))
    row = house.case(case_id)
    assert (row.state, row.taken_by, row.resolved_at) == ("open", None, None)
    assert row.due_at == at(108)  # the clock goes on


def test_nobody_sets_their_own_limit(house: House) -> None:
    """The people of a region may write the policy of its stores, and stay within what those above them have said."""
    house.rule(compensation=Compensation(region=Decimal(200)), sign_off=SignOff(compensation_above=Decimal(100)))
    case_id = house.complain()
    region = house.by("regina", house.shop.region)
    for own in (Compensation(region=None), Compensation("USD", region=None)):
        house.rule(house.shop.store, compensation=own)
        with pytest.raises(NotAllowed, match="You may give up to"):
            house.do(changes.resolve, case_id, region, SAID, compensation=Decimal(201))
    house.rule(house.shop.store)
    assert house.do(changes.resolve, case_id, region, SAID, compensation=Decimal(200))
    assert house.case(case_id).state == "review"


def test_opening_it_again_gives_nobody_more(house: House) -> None:
    house.rule(sign_off=SignOff(compensation_above=Decimal(300)))
    case_id = house.complain()
    house.do(changes.resolve, case_id, house.by(), SAID, compensation=Decimal(300), root_cause="Goods")
    house.do(changes.reopen, case_id, house.by(hours=2))
    with pytest.raises(NotAllowed, match="up to 500 UAH without asking, and 300 are given already"):
        house.do(changes.resolve, case_id, house.by(hours=3), SAID, compensation=Decimal(201))
    assert house.do(changes.resolve, case_id, house.by("olena", hours=3), SAID, compensation=Decimal(50))
    row = house.case(case_id)
    assert (row.state, row.compensation, row.root_cause) == ("review", Decimal(350), "Goods")
    # What is given back is the proposal, not what was given before.
    house.do(changes.reject, case_id, house.by("petro", hours=4), "Why 50?")
    row = house.case(case_id)
    assert (row.compensation, row.root_cause) == (Decimal(300), "Goods")
    assert house.do(changes.resolve, case_id, house.by(hours=5), SAID)
    row = house.case(case_id)
    assert (row.state, row.compensation, row.root_cause) == ("resolved", Decimal(300), "Goods")


def test_whoever_signs_it_off_could_have_given_it(house: House) -> None:
    house.rule(sign_off=SignOff(compensation_above=Decimal(1000)))
    case_id = house.complain()
    region, head = house.shop.region, house.shop.organisation
    house.do(changes.resolve, case_id, house.by("regina", region, account_id=1), SAID, compensation=Decimal(2000))
    with pytest.raises(NotAllowed, match="up to 500 UAH"):
        house.do(changes.accept, case_id, house.by("cashier", account_id=2))
    with pytest.raises(NotAllowed, match="A program cannot sign it off"):
        house.do(changes.accept, case_id, house.by("crm", head))
    assert house.case(case_id).state == "review"
    assert house.do(changes.accept, case_id, house.by("iryna", head, account_id=3))
    assert house.case(case_id).compensation == Decimal(2000)


def test_what_was_done_is_checked_when_it_is_proposed(house: House) -> None:
    house.rule(sign_off=SignOff(kinds=("complaint",)))
    with pytest.raises(NotAllowed, match="characters long"):
        house.do(changes.resolve, house.complain(), house.by(), SAID, did={"en": "x" * 121})


def test_undoing_a_merge(house: House) -> None:
    first, second = house.complain(), house.complain()
    house.do(changes.merge, first, house.by(), second)
    assert house.do(changes.reopen, first, house.by(hours=2))
    row = house.case(first)
    assert (row.state, row.merged_into, row.resolved_at) == ("open", None, None)
    assert row.due_at is not None
    house.do(changes.resolve, second, house.by(hours=3), SAID)
    assert house.case(first).state == "open"
