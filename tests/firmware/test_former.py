"""Back to the release before, by a command."""

from kiosk.former import go_back
from kiosk.slots import Slots, folder
from updating import Kiosk, Release, installed
from workbench import Memory

ELEVEN = Release(11, {"kiosk_main.mpy": b"main 1"})
TWELVE = Release(12, {"kiosk_main.mpy": b"main 2"})
THIRTEEN = Release(13, {"kiosk_main.mpy": b"main 3"})


def proved(*releases):
    storage = Memory()
    for release in releases:
        installed(storage, release)
    return storage


def refused(storage):
    slots = Slots(storage)
    slots.start()
    try:
        go_back(slots, storage)
    except ValueError as fault:
        return str(fault)
    return None


def test_to_the_release_in_the_other_slot():
    storage = proved(ELEVEN, TWELVE)
    kiosk = Kiosk(storage)
    assert "release 11" in go_back(kiosk.slots, storage)
    kiosk = Kiosk(storage)
    assert kiosk.slots.number == 11
    assert not kiosk.slots.on_trial
    assert "12 has gone back" in kiosk.slots.setback
    assert not kiosk.slots.takes(12)
    assert not kiosk.slots.takes(11)
    assert kiosk.slots.takes(13)
    assert refused(storage), "there and back again"


def test_the_release_that_was_left_is_not_taken_even_when_a_later_one_fails():
    storage = proved(ELEVEN, TWELVE)
    go_back(Kiosk(storage).slots, storage)
    kiosk = Kiosk(storage)
    kiosk.slots.begin(13)
    kiosk = Kiosk(storage)
    kiosk.slots.fail("it has failed.")
    assert not Kiosk(storage).slots.takes(12)


def test_to_the_technicians_program():
    storage = proved(ELEVEN)
    assert "technician" in go_back(Kiosk(storage).slots, storage)
    kiosk = Kiosk(storage)
    assert (kiosk.slots.running, kiosk.slots.number) == ("", 0)
    assert not kiosk.slots.takes(11)
    assert kiosk.slots.takes(12)


def test_from_a_release_on_trial():
    storage = proved(ELEVEN)
    assert Kiosk(storage).offered(TWELVE)
    kiosk = Kiosk(storage)
    assert kiosk.slots.on_trial
    assert "release 11" in go_back(kiosk.slots, storage)
    kiosk = Kiosk(storage)
    assert kiosk.slots.number == 11
    assert not kiosk.slots.takes(12)


def test_where_there_is_nothing_to_go_back_to():
    assert refused(Memory())
    storage = proved(ELEVEN, TWELVE)
    half = Release(13, THIRTEEN.files, losing=range(99))
    Kiosk(storage).offered(half)  # release 11 has begun to be overwritten
    assert refused(storage)


def test_where_the_other_slot_is_damaged():
    storage = proved(ELEVEN, TWELVE)
    other = folder(Kiosk(storage).slots.other)
    storage.remove(other + "kiosk_main.mpy")
    assert refused(storage)
    storage.replace(other + "kiosk_main.mpy", b"main")
    assert refused(storage)
    assert Kiosk(storage).slots.number == 12


def test_a_starter_that_is_older_starts_what_was_chosen():
    """It reads only what has always been there."""
    storage = proved(ELEVEN, TWELVE)
    go_back(Kiosk(storage).slots, storage)
    state = Slots(storage)._state
    assert (state["good"], state["number"], state["trial"]) == ("a", 11, None)
