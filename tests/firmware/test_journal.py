from kiosk.journal import FOLDER, TAIL, Journal
from kiosk.record import EVENT, RATING, REASON, RECORD_LOST, REOPENED, SIZE, UNREADABLE
from workbench import Memory, mounted, rating, small_flash


def filled(count, storage=None, capacity=1000, segment=5):
    """Return a journal of so many records; five fill its tail, and a segment unless told otherwise."""
    journal = Journal(storage or Memory(), capacity, segment)
    for number in range(1, count + 1):
        assert journal.append(rating(number)) == number
    return journal


def folder_of(journal):
    [name] = journal.storage.names(FOLDER)
    return FOLDER + "/" + name


def segments_of(journal):
    return [int(name) for name in sorted(journal.storage.names(folder_of(journal))) if name != TAIL]


def reopened(journal):
    for _ in journal.reopen(9, 12, 3, 1):
        pass


def unreadable(like):
    return (EVENT, RECORD_LOST, UNREADABLE) + rating(like)[3:]


def test_numbers_go_on_after_a_restart():
    journal = filled(12)
    again = Journal(journal.storage, 1000, 5)
    assert (again.epoch, again.held, again.last) == (journal.epoch, 1, 12)
    assert again.append(rating(13)) == 13
    assert again.read(1, 100) == [rating(number) for number in range(1, 14)]


def test_a_new_journal_is_empty():
    journal = filled(0)
    assert (journal.held, journal.last) == (1, 0)
    assert journal.read(1, 100) == []
    assert 1 <= journal.epoch < 2**31


def test_reading_across_segments():
    journal = filled(17)
    assert journal.read(4, 9) == [rating(number) for number in range(4, 13)]
    assert journal.read(17, 100) == [rating(17)]


def test_trim_takes_whole_segments_and_never_the_newest():
    journal = filled(12)
    journal.trim(4)
    assert journal.held == 1
    journal.trim(5)
    assert journal.held == 6
    journal.trim(12)
    assert journal.held == 6
    assert segments_of(journal) == [6]


def test_no_number_is_used_twice_when_everything_was_confirmed():
    for count in range(1, 12):
        journal = filled(count)
        journal.trim(count)
        again = Journal(journal.storage, 1000, 5)
        assert again.append(rating(99)) == count + 1


def test_a_full_journal_gives_up_the_oldest():
    journal = filled(26, capacity=20)
    assert (journal.held, journal.last, journal.lost) == (6, 26, "full")
    journal.trim(4)
    assert journal.lost == "full"
    journal.trim(5)  # the collector has written the gap down
    assert journal.lost is None


def test_a_damaged_record_is_a_loss_and_takes_no_other_with_it():
    journal = filled(12)
    path = folder_of(journal) + "/0000000006"
    data = bytearray(journal.storage.read(path))
    data[SIZE + 3] ^= 0x10
    journal.storage.replace(path, data)
    expected = [rating(number) for number in range(1, 13)]
    expected[6] = unreadable(6)
    assert journal.read(1, 100) == expected
    assert journal.read(7, 2) == [unreadable(8), rating(8)]


def test_a_damaged_record_alone():
    journal = filled(6)
    journal.storage.replace(folder_of(journal) + "/0000000001", bytes(SIZE))
    assert journal.read(1, 1) == [(EVENT, RECORD_LOST, UNREADABLE, 1, 0, 0, 0)]


def test_a_lost_segment_is_a_loss_each():
    journal = filled(17)
    journal.storage.remove(folder_of(journal) + "/0000000006")
    again = Journal(journal.storage, 1000, 5)
    losses = [unreadable(5)] * 5
    assert again.read(1, 12) == [rating(n) for n in range(1, 6)] + losses + [rating(11), rating(12)]


def test_a_lost_newest_segment_uses_no_number_again():
    journal = filled(13)
    journal.storage.remove(folder_of(journal) + "/0000000006")
    again = Journal(journal.storage, 1000, 5)
    for number in range(14, 24):
        assert again.append(rating(number)) == number
    for each in (again, Journal(journal.storage, 1000, 5)):
        expected = [rating(n) for n in range(1, 6)] + [unreadable(5)] * 5 + [rating(n) for n in range(11, 24)]
        assert each.read(1, 100) == expected


def test_nothing_is_written_behind_a_torn_end():
    for torn in range(1, SIZE):
        journal = filled(7, segment=10)
        journal.storage.append(folder_of(journal) + "/0000000001", b"\x00" * torn)
        again = Journal(journal.storage, 1000, 10)
        for number in range(8, 14):
            assert again.append(rating(number)) == number
        assert segments_of(again) == [1, 6]
        for each in (again, Journal(journal.storage, 1000, 10)):
            assert each.read(1, 100) == [rating(number) for number in range(1, 14)]


def test_a_tail_that_is_gone_makes_the_journal_doubtful():
    """How many numbers were used is not known any more; what is left goes on in a new epoch."""
    for damage in (None, b"", b"1234567", bytes(8 + 2 * SIZE)):
        journal = filled(12)
        assert not Journal(journal.storage, 1000, 5).doubtful
        path = folder_of(journal) + "/tail/records"
        journal.storage.remove(path) if damage is None else journal.storage.replace(path, damage)
        again = Journal(journal.storage, 1000, 5)
        assert again.doubtful
        reopened(again)
        assert not again.doubtful
        assert not Journal(journal.storage, 1000, 5).doubtful
        assert again.epoch != journal.epoch
        assert again.read(2, 1) == [(EVENT, RECORD_LOST, UNREADABLE, 9, 12, 3, 1)]  # what was in it, up to five
        assert [record[4] for record in again.read(3, 100)] == list(range(1, 11))


def test_a_tail_that_is_damaged_before_there_is_a_segment():
    journal = filled(3)
    journal.storage.replace(folder_of(journal) + "/tail/records", bytes(80))
    again = Journal(journal.storage, 1000, 5)
    assert again.doubtful
    reopened(again)
    assert again.epoch != journal.epoch  # the numbers 1 to 3 are used in the old one
    assert [record[1] for record in again.read(1, 9)] == [REOPENED, RECORD_LOST]


def test_without_room_for_two_epochs_the_oldest_are_given_up():
    class Tight(Memory):
        def append(self, path, data):
            if sum([len(content) for content in self.files.values()]) + len(data) > 900:
                raise OSError(28)
            Memory.append(self, path, data)

    storage = Tight()
    filled(30, storage)
    again = Journal(storage, 1000, 5)
    reopened(again)
    records = again.read(2, 100)
    assert [record[4] for record in records] == list(range(31 - len(records), 31))
    assert len(records) >= 5


def test_a_card_in_another_board_is_doubtful():
    storage = Memory()
    journal = Journal(storage, 1000, 5, serial="10000000aabbccdd")
    journal.append(rating(1))
    assert not Journal(storage, 1000, 5, serial="10000000aabbccdd").doubtful
    moved = Journal(storage, 1000, 5, serial="10000000aabbccde")
    assert moved.doubtful
    reopened(moved)
    again = Journal(storage, 1000, 5, serial="10000000aabbccde")
    assert not again.doubtful
    assert again.epoch != journal.epoch
    assert again.read(2, 9)[0][:6] == rating(1)[:6]


class FailingMemory(Memory):
    """Appends that fail half way, as on a file system without littlefs's promise."""

    failing = 0

    def append(self, path, data):
        if self.failing:
            self.failing -= 1
            Memory.append(self, path, data[:10])
            raise OSError(28)
        Memory.append(self, path, data)

    def replace(self, path, data):
        if self.failing:
            self.failing -= 1
            raise OSError(28)
        Memory.replace(self, path, data)


def test_a_failed_write_costs_the_oldest_records_and_not_the_press():
    for count in range(12, 17):  # into the tail, and into a segment
        storage = FailingMemory()
        journal = filled(count, storage)
        storage.failing = 1
        assert journal.append(rating(count + 1)) == count + 1
        assert journal.append(rating(count + 2)) == count + 2
        assert (journal.held, journal.lost) == (6, "full")
        for each in (journal, Journal(storage, 1000, 5)):
            assert each.read(6, 100) == [rating(number) for number in range(6, count + 3)]


def test_a_press_that_cannot_be_written_is_told_and_leaves_no_hole():
    storage = FailingMemory()
    journal = filled(2, storage)
    assert journal.read(1, 100) == [rating(1), rating(2)]
    storage.failing = 2
    try:
        journal.append(rating(3))
        raise AssertionError("written")
    except OSError:
        pass
    assert journal.append(rating(4)) == 3
    assert journal.read(1, 100) == [rating(1), rating(2), rating(4)]


def test_replace_stays():
    journal = filled(12)
    journal.replace(7, rating(70))
    journal.replace(12, rating(120))
    for each in (journal, Journal(journal.storage, 1000, 5)):
        assert each.read(6, 3) == [rating(6), rating(70), rating(8)]
        assert each.read(11, 3) == [rating(11), rating(120)]


def test_settling_leaves_nothing_to_do_for_the_next_record():
    journal = filled(5)
    assert segments_of(journal) == []
    journal.settle()
    assert segments_of(journal) == [1]
    journal.settle()
    for each in (journal, Journal(journal.storage, 1000, 5)):
        assert (each.held, each.last) == (1, 5)
        assert each.read(1, 9) == [rating(number) for number in range(1, 6)]


def test_reopen_carries_everything_into_a_new_epoch():
    journal = Journal(filled(13).storage, 1000, 5)
    journal.trim(5)
    journal.append(rating(14))  # after the start: nobody can have it yet
    epoch = journal.epoch
    reopened(journal)
    assert journal.epoch != epoch
    for each in (journal, Journal(journal.storage, 1000, 5)):
        records = each.read(1, 100)
        assert records[0] == (EVENT, REOPENED, 14, 9, 12, 3, 1)
        assert records[1:-1] == [rating(number)[:6] + (3,) for number in range(6, 14)]
        assert records[-1] == rating(14)
        assert each.append(rating(99)) == each.last


def test_presses_while_it_is_carried_over_come_along():
    journal = filled(13)
    number = 13
    for _ in journal.reopen(9, 12, 3, 1):
        if number < 40:
            number += 1
            journal.append(rating(number))
    uptimes = [record[4] for record in journal.read(2, 100)]
    assert uptimes == list(range(1, 41))


def test_a_reason_points_at_its_rating_in_the_new_epoch():
    journal = filled(10)
    journal.append((REASON, 2, 7, 7, 8, 3, 1))
    journal.append((REASON, 3, 3, 7, 9, 3, 1))  # its rating will be gone
    journal.trim(5)
    reopened(journal)
    records = journal.read(1, 100)
    assert [record[:3] for record in records[6:]] == [(REASON, 2, 3), (REASON, 3, 0)]
    assert records[2][0] == RATING
    assert records[2][4] == 7


def test_an_unfinished_epoch_is_cleared_away():
    journal = filled(13)
    steps = journal.reopen(9, 12, 3, 1)
    next(steps)
    next(steps)
    assert len(journal.storage.names(FOLDER)) == 2
    again = Journal(journal.storage, 1000, 5)
    assert again.epoch == journal.epoch
    assert len(again.storage.names(FOLDER)) == 1
    reopened(again)
    assert again.read(2, 100)[-1][4] == 13


def test_on_littlefs():
    flash = small_flash()
    journal = Journal(mounted(flash), 1000, 5)
    for number in range(1, 24):
        journal.append(rating(number))
    journal.trim(7)
    again = Journal(mounted(flash), 1000, 5)
    assert again.read(6, 100) == [rating(number) for number in range(6, 24)]
    reopened(again)
    assert len(Journal(mounted(flash), 1000, 5).read(1, 100)) == 19


def test_on_flash_that_wears_out():
    """littlefs reads back what it writes and takes another block; what cannot be read later is a counted loss."""
    flash = small_flash()
    journal = Journal(mounted(flash), 1000, 40)
    for number in range(1, 101):
        if number % 12 == 0:
            flash.worn.add(number // 12 + 5)
        assert journal.append(rating(number)) == number
    again = Journal(mounted(flash), 1000, 40)
    assert again.last == 100
    for seq in range(again.held, 101):
        [record] = again.read(seq, 1)
        assert record == rating(seq) or record[:3] == (EVENT, RECORD_LOST, UNREADABLE)
    assert again.read(100, 1) == [rating(100)]


def test_full_littlefs():
    flash = small_flash()
    journal = Journal(mounted(flash), 100_000, 40)
    for number in range(1, 1001):  # more than it can hold
        assert journal.append(rating(number)) == number
    assert journal.lost == "full"
    for seq in range(journal.held, 1001):
        assert journal.read(seq, 1) == [rating(seq)]
    again = Journal(mounted(flash), 100_000, 40)
    assert (again.held, again.last) == (journal.held, 1000)
