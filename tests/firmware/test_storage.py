"""The file layer on CPython: what it says is written survives a disk that forgets whatever was not synced."""

import pytest
from forgetful_disk import KEPT, ForgetfulDisk, PowerCut
from kiosk import storage
from kiosk.journal import Journal
from kiosk.record import EVENT, REOPENED
from kiosk.storage import Storage
from workbench import rating


def test_real_files(tmp_path):
    files = Storage(str(tmp_path))
    files.make_folder("a")
    files.make_folder("a")
    files.append("a/b", b"one")
    files.append("a/b", b"two")
    files.replace("a/c", b"old")
    files.replace("a/c", b"new")
    files.rename("a/c", "a/d")
    assert sorted(files.names("a")) == ["b", "d"]
    assert files.size("a/b") == 6
    assert files.read("a/b", 2, 3) == b"etw"
    assert files.read("a/d") == b"new"
    assert files.read("a/c") is None
    files.remove("a/b")
    files.remove("a/d")
    files.remove_folder("a")
    assert files.names("") == []


def test_what_a_power_cut_left_of_a_replacement_is_cleared_away(tmp_path):
    files = Storage(str(tmp_path))
    files.make_folder("a")
    files.replace("a/b", b"old")
    files.append("a/b" + storage.DRAFT, b"ne")
    assert files.names("a") == ["b"]
    assert files.read("a/b" + storage.DRAFT) is None
    assert files.read("a/b") == b"old"


@pytest.mark.parametrize("kept", KEPT)
def test_no_lit_press_is_lost_whatever_the_disk_forgets(monkeypatch, kept):
    def use(journal, lit, went_back):
        for number in range(1, 12):
            lit[number] = journal.append(rating(number))
            if number == 9:
                journal.trim(4)
        if went_back:
            for _ in journal.reopen(9, 12, 3, 1):
                pass

    for went_back in (False, True):
        operation, cut = 0, True
        while cut:
            operation += 1
            disk = ForgetfulDisk()
            disk.install(monkeypatch, storage)
            lit = {}
            disk.cut_after(operation)
            try:
                use(Journal(Storage(), 1000, 4), lit, went_back)
                cut = False
            except PowerCut:
                pass
            disk.power_on(kept)
            journal = Journal(Storage(), 1000, 4)
            found = {r[4]: seq for seq, r in enumerate(journal.read(journal.held, 100), journal.held) if r[0] == 1}
            records = journal.read(journal.held, 100)
            if records and records[0][:2] == (EVENT, REOPENED):
                assert set(lit) - set(range(1, 5)) <= set(found)
            else:
                assert all(found[number] == seq for number, seq in lit.items() if seq > 4)
                assert not lit or journal.last >= max(lit.values())
            assert journal.append(rating(99)) == journal.last
            assert journal.read(journal.last, 1) == [rating(99)]
    assert operation > 50
