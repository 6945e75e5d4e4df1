"""Which code is started, and what makes it another."""

from kiosk.slots import FILE, Slots
from updating import mounted, small_flash


class Broken:
    """A flash that takes nothing any more."""

    def __init__(self, storage):
        self.storage = storage

    def read(self, path):
        return self.storage.read(path)

    def replace(self, *_):
        raise OSError(5)


def storage_with(number, trial=None):
    """Return a storage whose kiosk runs a release, and perhaps has another on trial."""
    storage = mounted(small_flash())
    Slots(storage).begin(number)
    slots = Slots(storage)
    slots.start()
    slots.confirm()
    if trial:
        slots.begin(trial)
    return storage


def test_a_blank_flash_starts_what_a_technician_has_installed():
    slots = Slots(mounted(small_flash()))
    assert slots.start() == ""
    assert (slots.number, slots.other, slots.on_trial, slots.setback) == (0, "a", False, "")
    assert slots.takes(1)


def test_a_trial_that_is_proved():
    storage = storage_with(11, trial=12)
    slots = Slots(storage)
    assert slots.start() == "b"
    assert slots.on_trial
    assert Slots(storage).still_on_trial()
    slots = Slots(storage, "b")
    assert (slots.number, slots.on_trial) == (12, True)
    slots.confirm()
    assert not Slots(storage).still_on_trial()
    assert (slots.number, slots.on_trial, slots.other) == (12, False, "a")
    assert Slots(storage).start() == "b"


def test_a_trial_has_three_starts():
    storage = storage_with(11, trial=12)
    assert [Slots(storage).start() for _ in range(5)] == ["b", "b", "b", "a", "a"]
    slots = Slots(storage, "a")
    assert slots.number == 11
    assert slots.setback == "Release 12 has gone back: it was started 3 times and did not prove itself."
    assert not slots.takes(12)
    assert slots.takes(13)


def test_a_trial_that_cannot_be_started():
    storage = storage_with(11, trial=12)
    slots = Slots(storage)
    assert slots.start() == "b"
    assert slots.instead("it cannot be started.") == "a"
    assert Slots(storage).start() == "a"
    assert Slots(storage, "a").setback == "Release 12 has gone back: it cannot be started."


def test_the_first_trial_of_all_that_fails():
    storage = mounted(small_flash())
    Slots(storage).begin(1)
    slots = Slots(storage)
    assert slots.start() == "a"
    assert slots.instead("it cannot be started.") == ""
    assert Slots(storage).start() == ""
    assert not Slots(storage, "").takes(1)
    assert Slots(storage, "").takes(2)


def test_a_proved_release_that_cannot_be_started_any_more():
    storage = storage_with(11)
    slots = Slots(storage)
    assert slots.start() == "a"
    assert slots.instead("it cannot be started.") == ""
    # Nothing is written: perhaps it can be started next time. Until then it may be fetched again, into the other slot.
    assert Slots(storage).start() == "a"
    slots = Slots(storage, "")
    assert (slots.number, slots.other) == (0, "b")
    assert slots.takes(11)
    assert not slots.takes(10)


def test_no_older_release_ever():
    storage = storage_with(11)
    Slots(storage).begin(12)
    slots = Slots(storage)
    slots.start()
    slots.confirm()
    for running in "", "b":
        assert [number for number in range(9, 15) if Slots(storage, running).takes(number)] == (
            [12, 13, 14] if running == "" else [13, 14]
        )


def test_what_cannot_be_counted_does_not_happen():
    storage = Broken(storage_with(11, trial=12))
    for _ in range(5):
        assert Slots(storage).start() == "a"
    slots = Slots(storage)
    assert slots.instead("?") == ""


def test_a_damaged_file_leaves_the_last_resort():
    storage = storage_with(11, trial=12)
    storage.replace(FILE, b'{"good": "a", "numb')
    assert Slots(storage).start() == ""


def test_what_a_later_release_adds_to_the_file_is_kept():
    storage = storage_with(11)
    storage.replace(FILE, storage.read(FILE)[:-1] + b', "more": [1]}')
    Slots(storage).begin(12)
    assert b'"more": [1]' in storage.read(FILE)
