"""What waits too long goes up, and people are reminded of it."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import delete, select, update

from collector.cases import changes
from collector.cases.changes.by_clock import climb, look_again, remind
from collector.cases.rules.policy import ByChannel, SignOff, Step, StoreHours
from collector.cases.tables import case_event, cases
from collector.places.tables import place
from collector.ratings.kinds import Channel
from tests.collector.cases.house import House, at


def stands(house: House, case_id: int) -> tuple[str, int, int, float | None]:
    """(state, step, place, in how many hours it is due)."""
    row = house.case(case_id)
    return (
        row.state,
        row.step,
        row.place_id,
        None if row.due_at is None else (row.due_at - at(0)).total_seconds() / 3600,
    )


def test_a_case_climbs_to_everyone_and_stays(house: House) -> None:
    case_id = house.complain()
    assert stands(house, case_id) == ("open", 0, house.shop.store, 24)
    assert climb(house.engine, house.settings, at(23.99)) == 0
    assert climb(house.engine, house.settings, at(24)) == 1
    assert stands(house, case_id) == ("open", 1, house.shop.region, 48)
    assert climb(house.engine, house.settings, at(24)) == 0
    assert climb(house.engine, house.settings, at(120)) == 1
    assert stands(house, case_id) == ("open", 2, house.shop.organisation, 144)
    assert climb(house.engine, house.settings, at(144)) == 1
    assert stands(house, case_id) == ("open", 3, house.shop.organisation, None)
    assert climb(house.engine, house.settings, at(10_000)) == 0
    assert house.kinds(case_id) == ["opened", "climbed", "climbed", "climbed"]
    assert [event.at for event in house.log(case_id)] == [at(0), at(24), at(120), at(144)]


def test_taking_it_is_not_enough(house: House) -> None:
    case_id = house.complain()
    assert house.do(changes.take, case_id, house.by())
    assert climb(house.engine, house.settings, at(24)) == 1
    assert stands(house, case_id)[0] == "open"
    petro = house.by("petro", house.shop.region, hours=25)
    assert house.do(changes.take, case_id, petro)
    assert house.do(changes.resolve, case_id, petro, "A second till opens.")
    assert climb(house.engine, house.settings, at(1000)) == 0
    assert stands(house, case_id)[:2] == ("resolved", 1)


def test_who_has_answered_has_until_the_resolution_is_due(house: House) -> None:
    case_id = house.complain()
    house.do(changes.reply, case_id, house.by(), "We look into it.")
    assert stands(house, case_id)[3] == 48
    assert climb(house.engine, house.settings, at(47)) == 0
    assert climb(house.engine, house.settings, at(48)) == 1
    assert stands(house, case_id)[1:] == (1, house.shop.region, 96)


def test_no_region_no_step(house: House) -> None:
    case_id = house.complain()
    with house.engine.begin() as connection:
        path = [house.shop.organisation, house.shop.store]
        connection.execute(update(place).where(place.c.id == house.shop.store).values(path=path))
    climb(house.engine, house.settings, at(24))
    assert stands(house, case_id)[1:3] == (1, house.shop.organisation)


def test_two_loops_move_it_once(house: House) -> None:
    case_id = house.complain()
    with ThreadPoolExecutor() as loops:
        assert sum(loops.map(lambda _: climb(house.engine, house.settings, at(24)), range(4))) == 1
        assert sum(loops.map(lambda _: remind(house.engine, house.settings, at(48)), range(4))) == 1
    assert house.kinds(case_id) == ["opened", "climbed", "reminded"]


def test_steps_on_which_nobody_is_are_passed_by(house: House) -> None:
    house.person("olena", house.shop.store)
    house.person("iryna", house.shop.organisation)
    case_id = house.complain()
    climb(house.engine, house.settings, at(24))
    assert stands(house, case_id)[1:3] == (2, house.shop.organisation)
    assert house.log(case_id)[-1].data == {"from": 0, "why": "late"}


def test_a_case_begins_where_somebody_is(house: House) -> None:
    house.person("iryna", house.shop.region)
    assert stands(house, house.complain())[1:3] == (1, house.shop.region)


def test_the_ladder_of_a_place(house: House) -> None:
    house.rule(steps=(Step("store", first_response=60), Step("top", first_response=30)))
    case_id = house.complain()
    assert stands(house, case_id)[3] == 1
    climb(house.engine, house.settings, at(1))
    assert stands(house, case_id)[1:] == (1, house.shop.organisation, 1.5)
    climb(house.engine, house.settings, at(1.5))
    assert stands(house, case_id)[1:] == (2, house.shop.organisation, None)


def test_rules_that_change_meanwhile_hold_from_then_on(house: House) -> None:
    case_id = house.complain()
    house.rule(steps=(Step("store", first_response=40 * 60),))
    assert climb(house.engine, house.settings, at(24)) == 0
    assert stands(house, case_id) == ("open", 0, house.shop.store, 40)
    assert house.kinds(case_id) == ["opened"]


def test_shorter_times_hold_for_those_that_wait_already(house: House) -> None:
    resolved, case_id = house.complain(), house.complain()
    house.do(changes.resolve, resolved, house.by(), "A second till opens.")
    house.rule(steps=(Step("store", first_response=120), Step("top")), remind_hours=1)
    with house.engine.begin() as connection:
        look_again(connection, house.shop.region, at(0.5))
    house.pass_time(0.5)
    assert stands(house, case_id)[3] == 2
    assert house.case(case_id).remind_at == at(1)
    assert house.kinds(case_id) == ["opened"]
    house.pass_time(1)
    house.pass_time(2)
    assert house.kinds(case_id) == ["opened", "reminded", "climbed"]
    assert house.kinds(resolved) == ["opened", "resolved"]


def test_longer_times_hold_for_reminders_too(house: House) -> None:
    case_id = house.complain()
    house.rule(remind_hours=20, steps=(Step("store", first_response=60 * 40),))
    with house.engine.begin() as connection:
        look_again(connection, house.shop.store, at(1))
    house.pass_time(1)
    assert house.case(case_id).remind_at == at(20)
    assert house.kinds(case_id) == ["opened"]


def test_business_hours_are_the_stores(house: House) -> None:
    hours = {day: [["09:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
    with house.engine.begin() as connection:
        connection.execute(update(place).where(place.c.id == house.shop.store).values(opening_hours=hours))
    house.rule(steps=(Step("store", first_response=60, calendar=StoreHours()),))
    case_id = house.complain()  # a Sunday, 11:52 in Kyiv
    assert house.case(case_id).due_at.isoformat() == "2026-11-23T08:00:00+00:00"


def test_a_missed_call_is_answered_by_eleven(house: House) -> None:
    house.rule(channels=(ByChannel("hotline", by="11:00", responsible="olena"), ByChannel("messenger", within=3)))
    olena = house.person("olena", house.shop.store)
    called = house.case(house.complain(channel=Channel.HOTLINE))
    assert called.due_at.isoformat() == "2026-11-23T09:00:00+00:00"
    assert called.account_id == olena
    written = house.case(house.complain(channel=Channel.MESSENGER))
    assert (written.due_at, written.account_id) == (at(0.05), None)


def test_what_nobody_handles_for_days_goes_to_the_head_office(house: House) -> None:
    house.rule(idle_days=3)
    case_id = house.complain()
    house.do(changes.wait, case_id, house.by(hours=1), "Which till was it?")
    assert stands(house, case_id) == ("waiting", 0, house.shop.store, 73)
    assert climb(house.engine, house.settings, at(73)) == 1
    assert stands(house, case_id)[:3] == ("open", 2, house.shop.organisation)
    assert house.log(case_id)[-1].data == {"from": 0, "why": "idle"}


def test_a_proposal_that_nobody_looks_at_goes_up_as_one(house: House) -> None:
    house.rule(sign_off=SignOff(kinds=("complaint",)))
    case_id = house.complain()
    house.do(changes.resolve, case_id, house.by(), "A second till opens.")
    climb(house.engine, house.settings, at(24))
    assert stands(house, case_id)[:3] == ("review", 1, house.shop.region)
    assert house.case(case_id).taken_by == "Olena"
    assert house.do(changes.accept, case_id, house.by("Iryna", house.shop.region, hours=25, account_id=9))
    assert stands(house, case_id)[0] == "resolved"


def test_one_case_that_cannot_go_on_holds_up_no_other(house: House) -> None:
    first, second = house.complain(), house.complain()
    with house.engine.begin() as connection:  # a log that has lost its beginning
        connection.execute(delete(case_event).where(case_event.c.case_id == first))
    assert climb(house.engine, house.settings, at(24)) == 1
    assert stands(house, second)[1] == 1
    assert stands(house, first)[1] == 0


def test_people_are_reminded_until_somebody_has_taken_it(house: House) -> None:
    house.rule(remind_hours=4, steps=(Step("store", first_response=60 * 24 * 7),))
    house.person("olena", house.shop.store, "olena@shop.example")
    house.person("iryna", house.shop.region, "iryna@shop.example")
    case_id = house.complain()
    for hours in (3.9, 4, 4, 7.9, 8):
        house.pass_time(hours)
    assert house.kinds(case_id) == ["opened", "reminded", "reminded"]
    assert house.messages(case_id) == [("staff", "olena@shop.example")] * 3
    house.do(changes.take, case_id, house.by("olena", hours=9))
    house.pass_time(40)
    assert house.kinds(case_id)[-1] == "taken"
    assert house.case(case_id).remind_at is None


def test_whoever_is_responsible_is_reminded(house: House) -> None:
    house.person("olena", house.shop.store, "olena@shop.example")
    petro = house.person("petro", house.shop.store, "petro@shop.example")
    case_id = house.complain()
    house.do(changes.assign, case_id, house.by("olena", hours=1), petro)
    remind(house.engine, house.settings, at(25))
    told = [address for _, address in house.messages(case_id)]
    assert sorted(told[:2]) == ["olena@shop.example", "petro@shop.example"]
    assert told[2:] == ["petro@shop.example", "petro@shop.example"]


def test_everyone_hears_of_what_has_come_to_everyone(house: House) -> None:
    house.rule(steps=(Step("store", first_response=60),))
    house.person("olena", house.shop.store, "olena@shop.example")
    house.person("iryna", house.shop.organisation, "iryna@shop.example")
    case_id = house.complain()
    climb(house.engine, house.settings, at(1))
    told = [address for _, address in house.messages(case_id)]
    assert told == ["olena@shop.example", "olena@shop.example", "iryna@shop.example"]


def test_the_customer_is_asked_how_it_is_now(house: House) -> None:
    house.rule(recovery_hours=24)
    case_id = house.complain(contact="anna@home.example")
    house.do(changes.resolve, case_id, house.by(), "A second till opens.")
    house.pass_time(24)
    assert [purpose for purpose, _ in house.messages(case_id)] == ["receipt", "outcome"]
    for hours in (25, 25, 60):
        house.pass_time(hours)
    assert [purpose for purpose, _ in house.messages(case_id)] == ["receipt", "outcome", "recovery"]
    assert house.kinds(case_id)[-1] == "reminded"
    # Whoever opens it again is asked again when it is resolved again.
    house.do(changes.customer_reopens, case_id, "Again only one till.", at(70), None)
    house.do(changes.resolve, case_id, house.by(hours=71), "Now it is two.")
    house.pass_time(96)
    assert [purpose for purpose, _ in house.messages(case_id)].count("recovery") == 2


def test_who_left_no_address_is_not_asked(house: House) -> None:
    case_id = house.complain()
    house.do(changes.resolve, case_id, house.by(), "A second till opens.")
    for hours in (25, 26):
        house.pass_time(hours)
    assert house.kinds(case_id) == ["opened", "resolved"]
    assert house.case(case_id).remind_at is None


def test_the_world_hears_of_each_step(house: House) -> None:
    case_id = house.complain(reasons=[1])
    climb(house.engine, house.settings, at(24))
    remind(house.engine, house.settings, at(48))  # the house's own business
    opened, climbed = house.told(case_id)
    assert (opened.type, climbed.type) == ("smilepost.case.opened", "smilepost.case.climbed")
    assert opened.place_id == house.shop.store
    assert opened.data == {
        "case": case_id,
        "link": f"{house.settings.url}/cases/{case_id}",
        "kind": "complaint",
        "state": "open",
        "step": 0,
        "place": house.shop.store,
        "store": {"id": house.shop.store, "name": "Riverside"},
        "touchpoint": "Exit",
        "score": 0,
        "button": 4,
        "buttons": 4,
        "reasons": ["Long queue"],
        "comment": "Only one till was open.",
        "has_contact": False,
        "root_cause": None,
        "merged_into": None,
        "external": None,
        "opened_at": "2026-11-22T09:52:01.250Z",
        "due_at": "2026-11-23T09:52:01.250Z",
        "happened_at": "2026-11-22T09:52:01.250Z",
        "author": "Smilepost",
        "note": None,
    }
    assert (climbed.data["step"], climbed.data["place"]) == (1, house.shop.region)


def test_many_cases_in_one_round(house: House) -> None:
    found = [house.complain() for _ in range(12)]
    assert climb(house.engine, house.settings, at(24)) == 12
    with house.engine.connect() as connection:
        assert set(connection.scalars(select(cases.c.step).where(cases.c.id.in_(found)))) == {1}
