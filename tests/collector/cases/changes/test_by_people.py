"""What people do to a case: of two who come at once one wins; what came before under a key does not come again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from collector.cases import changes
from collector.cases.changes.conditional import Doer, KeyUsed, NotAllowed
from collector.cases.changes.external import follow
from tests import waiting
from tests.collector.cases.house import House, at
from tests.factories import make_shop


def test_from_open_to_resolved(house: House) -> None:
    case_id = house.complain()
    olena = house.person("olena", house.shop.store)
    by = house.by("olena", account_id=olena)
    assert house.do(changes.take, case_id, by)
    assert (house.case(case_id).taken_by, house.case(case_id).account_id) == ("olena", olena)
    assert house.do(changes.comment, case_id, by, "Asked the shift.")
    assert house.do(changes.reply, case_id, by, "We look into it.")
    assert house.do(changes.wait, case_id, by, "Which till was it?")
    assert house.case(case_id).state == "waiting"
    assert house.do(changes.resume, case_id, by)
    assert house.do(changes.resolve, case_id, by, " A second till opens at five. ")
    row = house.case(case_id)
    assert (row.state, row.resolved_at, row.due_at) == ("resolved", at(1), None)
    assert [(event.kind, event.author, event.comment) for event in house.log(case_id)] == [
        ("opened", "Smilepost", None),
        ("taken", "olena", None),
        ("commented", "olena", "Asked the shift."),
        ("replied", "olena", "We look into it."),
        ("waiting", "olena", "Which till was it?"),
        ("resumed", "olena", None),
        ("resolved", "olena", "A second till opens at five."),
    ]


def test_the_customer_hears_of_it(house: House) -> None:
    case_id = house.complain(contact="anna@home.example")
    house.do(changes.take, case_id, house.by())
    house.do(changes.comment, case_id, house.by(), "Asked the shift.")
    house.do(changes.reply, case_id, house.by(), "We look into it.")
    house.do(changes.wait, case_id, house.by(), "Which till was it?")
    house.do(changes.resolve, case_id, house.by(), "A second till opens.")
    assert [purpose for purpose, _ in house.messages(case_id)] == ["receipt", "progress", "progress", "outcome"]


def test_what_other_systems_hear(house: House) -> None:
    case_id = house.complain()
    house.do(changes.take, case_id, house.by())
    house.do(changes.customer_adds, case_id, "It was till 2.", at(2), None)
    house.do(changes.reply, case_id, house.by(hours=3), "We look into it.")
    told = [(event.type.removeprefix("smilepost.case."), event.data["note"]) for event in house.told(case_id)]
    # What the customer wrote is for those who help them.
    assert told == [("opened", None), ("taken", None), ("added", None), ("replied", "We look into it.")]


Change = Callable[..., Any]
REPEATED: list[tuple[Change, tuple[Any, ...]]] = [
    (changes.take, ()),
    (changes.comment, ("Hm.",)),
    (changes.reply, ("Hm.",)),
    (changes.wait, ("Hm.",)),
    (changes.resolve, ("Hm.",)),
    (changes.climb_now, ("Hm.",)),
    (changes.hand_over, ("CRM-7",)),
]


@pytest.mark.parametrize(("change", "what"), REPEATED)
def test_a_repeat_changes_nothing(house: House, change: Change, what: tuple[Any, ...]) -> None:
    case_id = house.complain()
    with ThreadPoolExecutor() as hands:
        done = list(hands.map(lambda _: house.do(change, case_id, house.by(key="k1"), *what), range(4)))
    assert done == [True] * 4
    assert len(house.log(case_id)) == len(house.told(case_id)) == 2


@pytest.mark.parametrize("change", [changes.take, lambda *at: changes.resolve(*at, "Hm.")])
def test_of_two_one_wins(house: House, change: Change) -> None:
    case_id = house.complain()
    with ThreadPoolExecutor() as hands:
        names = ["Olena", "Petro", "Maria", "Iryna"]
        done = list(hands.map(lambda name: house.do(change, case_id, house.by(name)), names))
    assert sorted(done) == [False, False, False, True]
    assert [event.author for event in house.log(case_id)][1:] == [names[done.index(True)]]


def test_two_who_pass_it_on_at_once(house: House) -> None:
    """Each moves it by one step, or is told that somebody was first; no step comes twice."""
    case_id = house.complain()
    with ThreadPoolExecutor() as hands:
        done = list(hands.map(lambda _: house.do(changes.climb_now, case_id, house.by(), "Not ours."), range(2)))
    assert [event.step for event in house.log(case_id)] == list(range(done.count(True) + 1))


def test_taking_and_resolving_at_once(house: House) -> None:
    """Whoever resolves first has won; whoever takes then has not."""
    for _ in range(8):
        case_id = house.complain()
        jobs: list[Callable[[], Any]] = [
            lambda: house.do(changes.take, case_id, house.by("Petro")),  # noqa: B023 - done before the next round
            lambda: house.do(changes.resolve, case_id, house.by("Olena"), "Done."),  # noqa: B023
        ]
        with ThreadPoolExecutor() as hands:
            taken, resolved = hands.map(lambda job: job(), jobs)
        assert resolved
        assert house.case(case_id).state == "resolved"
        assert house.kinds(case_id) == (["opened", "taken", "resolved"] if taken else ["opened", "resolved"])


def test_a_key_is_for_one_change(house: House) -> None:
    case_id, other = house.complain(), house.complain()
    by = house.by(key="k1")
    house.do(changes.comment, case_id, by, "Asked the shift.")
    for change, number, *what in (
        (changes.comment, case_id, "Hm."),
        (changes.comment, other, "Asked the shift."),
        (changes.resolve, case_id, "Asked the shift."),
        (changes.take, case_id),
        (changes.merge, case_id, other),
    ):
        with pytest.raises(KeyUsed):
            house.do(change, number, by, *what)
    assert house.do(changes.hand_over, case_id, house.by(key="k2"), "CRM-7")
    with pytest.raises(KeyUsed):
        house.do(changes.hand_over, case_id, house.by(key="k2"), "CRM-8")


@pytest.mark.parametrize("words", ["", " \n", "x" * 1001, "a\0b", "a\ud800"])
def test_words_are_needed(house: House, words: str) -> None:
    case_id = house.complain()
    for change in (changes.comment, changes.reply, changes.wait, changes.resolve):
        with pytest.raises(NotAllowed):
            house.do(change, case_id, house.by(), words)
    assert (house.kinds(case_id), house.case(case_id).state) == (["opened"], "open")


def test_where_the_place_asks_why(house: House) -> None:
    house.rule(comment_required=("taken", "climbed", "assigned", "reopened"))
    olena = house.person("olena", house.shop.store)
    case_id = house.complain()
    for change, *what in ((changes.take,), (changes.climb_now,), (changes.assign, olena)):
        with pytest.raises(NotAllowed, match="few words"):
            house.do(change, case_id, house.by(), *what)
    assert house.do(changes.take, case_id, house.by(), "It is my till.")
    house.do(changes.resolve, case_id, house.by(), "A second till opens.")
    with pytest.raises(NotAllowed, match="few words"):
        house.do(changes.reopen, case_id, house.by())
    assert house.do(changes.reopen, case_id, house.by(), "It did not open.")


def test_what_is_not_theirs(house: House) -> None:
    case_id = house.complain()
    with house.engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=house.shop)
    stranger = house.by("Eve", hilltop.region)
    for change, *what in (
        (changes.take,),
        (changes.comment, "Hm."),
        (changes.reply, "Hm."),
        (changes.wait, "Hm."),
        (changes.resolve, "Hm."),
        (changes.climb_now, "Hm."),
        (changes.reopen,),
        (changes.accept,),
        (changes.assign, 1),
        (changes.hand_over, "CRM-7"),
    ):
        assert not house.do(change, case_id, stranger, *what)
    assert house.kinds(case_id) == ["opened"]


def test_making_somebody_responsible(house: House) -> None:
    olena, petro = house.person("olena", house.shop.store), house.person("petro", house.shop.region)
    case_id = house.complain()
    by = house.by("olena", account_id=olena)
    assert house.do(changes.assign, case_id, by, petro)
    row = house.case(case_id)
    assert (row.state, row.taken_by, row.account_id) == ("open", None, petro)  # petro has not said that he will
    assert row.remind_at is not None
    assert house.do(changes.assign, case_id, by, olena)
    assert (house.case(case_id).state, house.case(case_id).taken_by) == ("taken", "olena")
    assert house.do(changes.assign, case_id, by, petro)
    assert house.case(case_id).state == "open"
    assert house.log(case_id)[-1].data["account"] == "petro"
    house.do(changes.resolve, case_id, by, "A second till opens.")
    assert not house.do(changes.assign, case_id, by, olena)


def test_only_somebody_who_sees_the_store(house: House) -> None:
    with house.engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=house.shop)
    eve = house.person("eve", hilltop.store)
    case_id = house.complain()
    for account_id in (eve, 999):
        with pytest.raises(NotAllowed, match="sees the store"):
            house.do(changes.assign, case_id, house.by(), account_id)


def test_passing_it_on(house: House) -> None:
    case_id = house.complain()
    house.do(changes.take, case_id, house.by())
    for step, place in ((1, house.shop.region), (2, house.shop.organisation), (3, house.shop.organisation)):
        assert house.do(changes.climb_now, case_id, house.by(), "Not ours.")
        row = house.case(case_id)
        assert (row.state, row.step, row.place_id, row.taken_by) == ("open", step, place, None)
    with pytest.raises(NotAllowed, match="no step above"):
        house.do(changes.climb_now, case_id, house.by(), "Not ours.")


def test_giving_it_to_another_store(house: House) -> None:
    with house.engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=house.shop)
    case_id = house.complain()
    house.do(changes.climb_now, case_id, house.by(), "Not ours.")
    with pytest.raises(NotAllowed, match="do not see"):
        house.do(changes.move, case_id, house.by(), hilltop.store, "It was at Hilltop.")
    top = house.by("Iryna", house.shop.organisation, hours=5)
    with pytest.raises(NotAllowed, match="few words"):
        house.do(changes.move, case_id, top, hilltop.store)
    with pytest.raises(NotAllowed, match="at this store already"):
        house.do(changes.move, case_id, top, house.shop.store, "It was here.")
    assert house.do(changes.move, case_id, top, hilltop.store, "It was at Hilltop.")
    row = house.case(case_id)
    assert (row.store_id, row.place_id, row.step, row.touchpoint_id) == (hilltop.store, hilltop.store, 0, None)
    assert row.due_at == at(29)
    assert not house.do(changes.take, case_id, house.by())


def test_merging(house: House) -> None:
    first, second, third = (house.complain(contact=f"c{number}@home.example") for number in range(3))
    assert house.do(changes.merge, first, house.by(), second)
    assert (house.case(first).state, house.case(first).merged_into) == ("merged", second)
    assert house.kinds(first) == ["opened", "merged"]
    assert house.log(second)[-1].data == {"from": first}
    # What was merged into it goes along.
    assert house.do(changes.merge, second, house.by(), third)
    assert house.case(first).merged_into == third
    house.do(changes.resolve, third, house.by(), "A second till opens.")
    for case_id in (first, second, third):
        assert [purpose for purpose, _ in house.messages(case_id)] == ["receipt", "outcome"]
    with pytest.raises(NotAllowed, match="still open"):
        house.do(changes.merge, house.complain(), house.by(), third)
    with pytest.raises(NotAllowed, match="itself"):
        house.do(changes.merge, third, house.by(), third)
    with pytest.raises(NotAllowed, match="no such case"):
        house.do(changes.merge, third, house.by(), 999)


def test_merging_each_into_the_other_at_once(house: House) -> None:
    first, second = house.complain(), house.complain()

    def merge(pair: tuple[int, int]) -> bool:
        try:
            return bool(house.do(changes.merge, pair[0], house.by(), pair[1]))
        except NotAllowed:
            return False

    with ThreadPoolExecutor() as hands:
        assert sorted(hands.map(merge, [(first, second), (second, first)])) == [False, True]
    assert sorted(house.case(each).state for each in (first, second)) == ["merged", "open"]


def test_linking(house: House) -> None:
    first, second = house.complain(), house.complain()
    assert house.do(changes.link, second, house.by(), first)
    assert house.do(changes.link, first, house.by(), second)  # they are already
    assert (house.kinds(first), house.kinds(second)) == (["opened", "linked"], ["opened", "linked"])
    for other in (first, 999):
        with pytest.raises(NotAllowed):
            house.do(changes.link, first, house.by(), other)


def test_linking_one_that_is_just_opened_again(house: House) -> None:
    """Whoever links waits until the other one is through: its clock is not set back to what it was before."""
    first, second = house.complain(), house.complain()
    house.do(changes.resolve, first, house.by(), "A second till opens.")
    with ThreadPoolExecutor() as hands:
        with house.engine.begin() as connection:
            changes.customer_reopens(connection, house.settings, first, "No!", at(2), None)
            linked = hands.submit(house.do, changes.link, first, house.by(hours=2), second)
            waiting.until(lambda: is_waiting(house), "whoever links")
        assert linked.result()
    assert house.kinds(first) == ["opened", "resolved", "reopened", "linked"]
    assert house.case(first).due_at is not None


def is_waiting(house: House) -> bool:
    """Whether somebody waits for a row that another one holds."""
    waits = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with house.engine.connect() as connection:
        return connection.execute(text(waits)).first() is not None


def test_another_system_has_it(house: House) -> None:
    case_id = house.complain()

    def says(state: str | None, text: str = "", key: str | None = None, hours: float = 1) -> Any:
        crm: Doer = house.by("the CRM", house.shop.organisation, hours=hours, key=key)
        return house.do(follow, case_id, crm, "CRM-7", state, text)

    assert says(None)
    assert house.case(case_id).external == "CRM-7"
    assert says("taken", key="k1")
    assert house.case(case_id).taken_by == "the CRM"
    assert says("taken")  # it is so already
    with pytest.raises(NotAllowed):
        says("resolved")  # the customer reads how
    assert house.case(case_id).state == "taken"
    assert says("waiting", "Which till was it?")
    assert says("resolved", "A second till opens.", key="k2")
    assert says("open")
    assert house.case(case_id).state == "open"
    # A late repeat says how it stood then, not how it stands now.
    assert says("resolved", "A second till opens.", key="k2")
    assert house.case(case_id).state == "open"
    kinds = [kind for kind in house.kinds(case_id) if kind != "external"]
    assert kinds == ["opened", "taken", "waiting", "resolved", "reopened"]
    # The ladder goes on.
    house.pass_time(200)
    assert house.case(case_id).step > 0


def test_what_another_system_says_while_somebody_takes_it(house: House) -> None:
    case_id = house.complain()
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')")
    with ThreadPoolExecutor() as hands:
        with house.engine.begin() as connection:
            assert changes.take(connection, house.settings, case_id, house.by())
            crm = house.by("the CRM", house.shop.organisation, key="k1")
            followed = hands.submit(house.do, follow, case_id, crm, "CRM-7", "taken")
            waiting.until(lambda: connection.scalar(waits), "the other system")
        assert followed.result()
    row = house.case(case_id)
    assert (row.state, row.taken_by, row.external) == ("taken", "Olena", "CRM-7")
    assert house.kinds(case_id) == ["opened", "taken", "external"]
