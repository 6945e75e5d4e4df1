"""What a case's customer does, without a name."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from collector.cases import changes
from collector.cases.changes.by_customer import MOST_ADDED, has_said
from collector.cases.changes.conditional import KeyUsed, NotAllowed
from tests.collector.cases.house import House, at

SAID = "A second till opens."


def test_a_word_more(house: House) -> None:
    case_id = house.complain()
    assert house.do(changes.customer_adds, case_id, " It was till 2. ", at(1), "k1")
    event = house.log(case_id)[-1]
    assert (event.kind, event.author, event.comment) == ("added", "", "It was till 2.")
    assert house.case(case_id).state == "open"
    with pytest.raises(NotAllowed):
        house.do(changes.customer_adds, case_id, " ", at(1), "k2")


def test_their_answer_lets_a_case_go_on_that_waited_for_it(house: House) -> None:
    case_id = house.complain()
    house.do(changes.wait, case_id, house.by("olena"), "Which till was it?")
    house.do(changes.customer_adds, case_id, "Till 2.", at(11), None)
    row = house.case(case_id)
    assert (row.state, row.taken_by) == ("taken", "olena")
    assert row.due_at == at(58)  # ten hours did not count


def test_a_double_tap_is_one(house: House) -> None:
    case_id = house.complain()
    with ThreadPoolExecutor() as taps:
        added = taps.map(lambda _: house.do(changes.customer_adds, case_id, "Till 2.", at(1), "k1"), range(4))
        assert all(added)
    house.do(changes.resolve, case_id, house.by(), SAID)
    with ThreadPoolExecutor() as taps:
        assert all(taps.map(lambda _: house.do(changes.customer_confirms, case_id, at(2), "k2"), range(4)))
    assert house.do(changes.customer_confirms, case_id, at(3), "k3")
    assert house.kinds(case_id) == ["opened", "added", "resolved", "confirmed"]
    with pytest.raises(KeyUsed):
        house.do(changes.customer_adds, case_id, "Till 3.", at(1), "k1")


def test_only_what_is_resolved_is_confirmed_or_opened_again(house: House) -> None:
    case_id = house.complain()
    assert not house.do(changes.customer_confirms, case_id, at(1), None)
    assert not house.do(changes.customer_reopens, case_id, "It is not well.", at(1), None)
    assert not house.do(changes.customer_recovers, case_id, 1, "", at(1), None)
    assert house.kinds(case_id) == ["opened"]


def test_opening_it_again(house: House) -> None:
    house.person("olena", house.shop.store, "olena@shop.example")
    case_id = house.complain()
    house.do(changes.resolve, case_id, house.by("olena", hours=40), SAID)
    with ThreadPoolExecutor() as taps:
        words = ["Still one till.", "Nothing changed."]
        done = list(taps.map(lambda text: house.do(changes.customer_reopens, case_id, text, at(100), None), words))
    assert sorted(done) == [False, True]
    row = house.case(case_id)
    assert (row.state, row.taken_by, row.due_at) == ("open", None, at(108))
    assert house.messages(case_id)[-1] == ("staff", "olena@shop.example")
    assert house.told(case_id)[-1].data["note"] is None  # their words stay here


def test_how_it_is_now_once_a_resolution(house: House) -> None:
    case_id = house.complain()
    house.do(changes.resolve, case_id, house.by(), SAID)
    assert house.do(changes.customer_recovers, case_id, 1, "Thank you.", at(2), "k1")
    assert house.do(changes.customer_recovers, case_id, 1, "Thank you.", at(2), "k1")
    assert not house.do(changes.customer_recovers, case_id, 4, "", at(3), "k2")
    event = house.log(case_id)[-1]
    assert (event.kind, event.comment, event.data) == ("recovered", "Thank you.", {"button": 1, "buttons": 4})
    house.do(changes.customer_reopens, case_id, "Not again.", at(4), None)
    with house.engine.connect() as connection:
        assert not has_said(connection, case_id, "recovered")
    house.do(changes.resolve, case_id, house.by(hours=5), SAID)
    assert house.do(changes.customer_recovers, case_id, 4, "", at(6), "k3")
    for button in (0, 5):
        with pytest.raises(ValueError, match="no face"):
            house.do(changes.customer_recovers, case_id, button, "", at(7), None)


def test_a_merged_case_is_over_when_the_other_one_is(house: House) -> None:
    case_id, other = house.complain(), house.complain()
    house.do(changes.merge, case_id, house.by(), other)
    assert not house.do(changes.customer_confirms, case_id, at(2), None)
    house.do(changes.resolve, other, house.by(hours=3), SAID)
    assert house.do(changes.customer_recovers, case_id, 3, "", at(4), None)
    # Their problem is not the other one's any more, if it is still there.
    assert house.do(changes.customer_reopens, case_id, "Not with me.", at(5), None)
    row = house.case(case_id)
    assert (row.state, row.merged_into) == ("open", None)
    assert house.case(other).state == "resolved"


def test_a_link_is_no_chat(house: House) -> None:
    case_id = house.complain()
    for number in range(MOST_ADDED):
        assert house.do(changes.customer_adds, case_id, f"Word {number}", at(1), None)
    assert not house.do(changes.customer_adds, case_id, "One more", at(1), None)
