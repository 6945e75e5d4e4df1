"""Who hears of what: the customer whose case it is, and the people whose turn it is."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from collector.cases import changes
from collector.cases.changes.by_customer import MOST_ADDED
from collector.cases.rules.policy import SignOff
from collector.contacts.tables import message
from tests.collector.cases.house import House, at

OLENA = ("staff", "olena@shop.example")


def contents(house: House, case_id: int) -> list[dict[str, object]]:
    with house.engine.connect() as connection:
        found = select(message.c.content).where(message.c.case_id == case_id).order_by(message.c.id)
        return list(connection.scalars(found))


def purposes(house: House, case_id: int) -> list[str]:
    return [purpose for purpose, _ in house.messages(case_id)]


def what(house: House, case_id: int) -> list[object]:
    """What the people of the house were told of a case."""
    return [each["what"] for each in contents(house, case_id) if "what" in each]


def test_what_is_written_to_one_customer_reaches_no_other(house: House) -> None:
    anna, borys = house.complain(contact="anna@home.example"), house.complain(contact="borys@home.example")
    house.do(changes.merge, anna, house.by(), borys)
    house.do(changes.reply, borys, house.by(), "Dear Borys, 400 UAH are on their way.")
    house.do(changes.wait, borys, house.by(), "Which receipt was it?")
    assert purposes(house, anna) == ["receipt"]
    house.do(changes.resolve, borys, house.by(), "Dear Borys, it is settled.")
    assert purposes(house, borys) == ["receipt", "progress", "progress", "outcome"]
    assert purposes(house, anna) == ["receipt", "outcome"]
    assert contents(house, borys)[-1]["text"] == "Dear Borys, it is settled."
    assert "text" not in contents(house, anna)[-1]


def test_whoever_wrote_twice_hears_once_how_it_ended(house: House) -> None:
    house.rule(recovery_hours=24)
    first, second, third = (house.complain(contact="anna@home.example") for _ in range(3))
    house.do(changes.merge, first, house.by(), third)
    house.do(changes.merge, second, house.by(), third)
    house.do(changes.resolve, third, house.by(), "A second till opens.")
    house.pass_time(25)
    assert [purposes(house, each) for each in (first, second)] == [["receipt"]] * 2
    assert purposes(house, third) == ["receipt", "outcome", "recovery"]


def test_what_the_customer_adds_reaches_whoever_has_it(house: House) -> None:
    house.person("petro", house.shop.store, "petro@shop.example")
    olena = house.person("olena", house.shop.store, OLENA[1])
    case_id = house.complain()
    house.do(changes.customer_adds, case_id, "It was till 2.", at(0.5), None)
    assert house.messages(case_id)[2:] == [("staff", "petro@shop.example"), OLENA]  # nobody has it yet
    house.do(changes.wait, case_id, house.by("olena", account_id=olena), "Which day?")
    house.do(changes.customer_adds, case_id, "Sunday.", at(2), None)
    house.do(changes.resolve, case_id, house.by("olena", account_id=olena, hours=3), "A second till opens.")
    house.do(changes.customer_adds, case_id, "It is still broken!", at(4), None)
    assert house.messages(case_id)[4:] == [OLENA, OLENA]
    assert what(house, case_id) == ["new", "new", "added", "added", "added", "added"]
    assert all("text" not in each for each in contents(house, case_id))  # their words are read in the case


@pytest.mark.parametrize(("button", "told"), [(1, 0), (2, 0), (3, 1), (4, 1)])
def test_that_it_is_no_better_is_told(house: House, button: int, told: int) -> None:
    house.person("olena", house.shop.store, OLENA[1])
    case_id = house.complain()
    house.do(changes.resolve, case_id, house.by("olena"), "A second till opens.")
    house.do(changes.customer_recovers, case_id, button, "", at(2), None)
    assert what(house, case_id)[1:] == ["added"] * told


def test_a_word_to_a_merged_case_lets_the_other_go_on(house: House) -> None:
    house.person("olena", house.shop.store, OLENA[1])
    anna, borys = house.complain(), house.complain()
    house.do(changes.merge, anna, house.by("olena"), borys)
    house.do(changes.wait, borys, house.by("olena"), "Which till was it?")
    assert house.do(changes.customer_adds, anna, "Till 2.", at(2), "k1")
    assert house.do(changes.customer_adds, anna, "Till 2.", at(2), "k1")
    assert (house.case(anna).state, house.case(borys).state) == ("merged", "taken")
    own, other = house.log(anna)[-1], house.log(borys)[-1]
    assert (own.kind, own.comment) == ("added", "Till 2.")
    # The words are Anna's: Borys reads that case's page.
    assert (other.kind, other.author, other.comment, other.data) == ("added", "", None, {"from": anna})
    assert house.kinds(borys).count("added") == 1
    assert (what(house, anna), what(house, borys)) == (["new"], ["new", "added"])


def test_words_of_another_do_not_use_up_their_own(house: House) -> None:
    anna, borys = house.complain(), house.complain()
    house.do(changes.merge, anna, house.by(), borys)
    for number in range(MOST_ADDED):
        assert house.do(changes.customer_adds, anna, f"Word {number}", at(2), None)
    assert not house.do(changes.customer_adds, anna, "One more", at(2), None)
    assert house.do(changes.customer_adds, borys, "My first one", at(2), None)


def test_both_customers_of_merged_cases_write_at_once(house: House) -> None:
    anna, borys = house.complain(), house.complain()
    house.do(changes.merge, borys, house.by(), anna)
    with ThreadPoolExecutor() as hands:
        cases = [anna, borys] * 8
        assert all(hands.map(lambda each: house.do(changes.customer_adds, each, "Hello?", at(2), None), cases))
    assert (house.kinds(anna).count("added"), house.kinds(borys).count("added")) == (16, 8)


def test_a_proposal_is_reminded_of(house: House) -> None:
    house.rule(sign_off=SignOff(kinds=("complaint",)), remind_hours=4)
    olena = house.person("olena", house.shop.store, OLENA[1])
    house.person("petro", house.shop.store, "petro@shop.example")
    case_id = house.complain()
    house.do(changes.resolve, case_id, house.by("olena", account_id=olena), "A second till opens.")
    before = len(house.messages(case_id))
    for hours in (4.9, 5, 5, 9):
        house.pass_time(hours)
    assert house.kinds(case_id) == ["opened", "proposed", "reminded", "reminded"]
    # Whoever proposed it cannot sign it off.
    assert house.messages(case_id)[before:] == [("staff", "petro@shop.example")] * 2
    assert what(house, case_id)[-1] == "review"
