"""A busy shop's month without a network, on a Pico W's flash that also holds a technician's code and two releases."""

from kiosk.journal import Journal
from workbench import rating

from simulators.flash_image import LittlefsStorage
from simulators.memory_flash import MemoryFlash

PROGRAM = bytes(1024) * 96  # as large as a release may be


def test_room_for_a_month():
    storage = LittlefsStorage(MemoryFlash())
    for folder in ("kiosk", "slots", "slots/a", "slots/b"):
        storage.make_folder(folder)
    for folder in ("kiosk", "slots/a", "slots/b"):
        storage.append(f"{folder}/program", PROGRAM)
    journal = Journal(storage)
    for number in range(1, 12_001):
        assert journal.append(rating(number)) == number
    again = Journal(storage)
    assert (again.held, again.last, again.lost) == (1, 12_000, None)
    for seq in (1, 170, 171, 6_000, 11_999, 12_000):
        assert again.read(seq, 1) == [rating(seq)]
