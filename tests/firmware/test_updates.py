"""Releases: what is taken, how it arrives, and what sends it back."""

from kiosk.slots import Slots
from signing import SECRET
from updating import KEY, Kiosk, Release, base64, damaged, installed, mounted, small_flash

from simulators.memory_flash import MemoryFlash

OLD = {"kiosk/__init__.mpy": b"", "kiosk/app.mpy": b"app 1 " * 500, "kiosk_main.mpy": b"main 1"}
NEW = {"kiosk/__init__.mpy": b"", "kiosk/app.mpy": b"app 1 " * 500, "kiosk_main.mpy": b"main 2" * 400}
ELEVEN, TWELVE = Release(11, OLD), Release(12, NEW)


def again(release, losing=()):
    """Return a release that nobody has asked for yet."""
    release.wants, release.losing = [], losing
    return release


def test_from_the_offer_to_the_proof():
    storage = mounted(small_flash())
    kiosk = Kiosk(storage)
    assert kiosk.updates.health() == {"release": 0}
    assert kiosk.offered(again(ELEVEN))
    assert ELEVEN.is_in(storage, "a")
    assert kiosk.updates.health() == {"release": 0, "update": "Release 11 is about to be started."}

    kiosk = Kiosk(storage)
    assert kiosk.updates.health() == {"release": 11, "update": "This release is on trial."}
    assert kiosk.updates.busy
    kiosk.updates.acked()
    kiosk.live(lambda: kiosk.clock.uptime() > 59_000)
    assert Slots(storage).still_on_trial()
    assert not kiosk.proved()
    assert kiosk.updates.health() == {"release": 11}
    assert not kiosk.updates.busy
    assert Kiosk(storage).slots.number == 11


def test_only_what_has_changed_is_fetched():
    storage = mounted(small_flash())
    kiosk = installed(storage, again(ELEVEN))
    assert kiosk.offered(again(TWELVE))
    assert TWELVE.wants == [(2, 0), (2, 2048)]
    assert TWELVE.is_in(storage, "b")
    assert ELEVEN.is_in(storage, "a")
    # The next one goes where the last but one was, and keeps of it what it can.
    assert not Kiosk(storage).proved()
    thirteen = Release(13, dict(OLD, **{"kiosk/more.mpy": b"more"}))
    assert Kiosk(storage).offered(thirteen)
    assert thirteen.wants == [(2, 0)]
    assert thirteen.is_in(storage, "a")


def test_what_a_technician_has_installed_is_copied_too():
    storage = mounted(small_flash())
    storage.make_folder("kiosk")
    for path, data in OLD.items():
        storage.replace(path, data)
    assert Kiosk(storage).offered(again(TWELVE))
    assert TWELVE.wants == [(2, 0), (2, 2048)]
    assert TWELVE.is_in(storage, "a")


def test_what_the_organisation_has_not_signed():
    text, signature = ELEVEN.manifest, base64(ELEVEN.signature)
    for offer in (
        {"manifest": text, "signature": base64(b"\x00" * 64)},
        {"manifest": text, "signature": signature[:40]},
        {"manifest": text.replace("0.2.0", "0.2.1"), "signature": signature},
        {"manifest": text + " ", "signature": signature},
        Release(11, OLD, secret=bytes(32)).offer(),
    ):
        storage = mounted(small_flash())
        kiosk = Kiosk(storage)
        kiosk.updates.heard("release", offer)
        assert kiosk.updates.busy
        assert not kiosk.live(lambda kiosk=kiosk: not kiosk.updates.busy)
        said = "Release 11 is not signed with the organisation's key."
        assert kiosk.updates.health() == {"release": 0, "update": said}
        assert "slots" not in storage.names("")
        # It is not looked at again with each status; what is honest is.
        kiosk.updates.heard("release", offer)
        assert not kiosk.updates.busy
        assert kiosk.offered(again(ELEVEN))


def test_what_is_of_no_use_is_not_even_checked():
    storage = mounted(small_flash())
    kiosk = installed(storage, again(ELEVEN))
    for offer in (
        {},
        {"manifest": 1, "signature": "AA=="},
        {"manifest": ELEVEN.manifest[:-9], "signature": base64(ELEVEN.signature)},  # truncated
        {"manifest": TWELVE.manifest},
        {"manifest": TWELVE.manifest, "signature": "A"},
        ELEVEN.offer(),
        Release(10, NEW).offer(),
        Release(12, NEW, board="pico_w").offer(),
        Release(12, dict(NEW, **{"../device.json": b"{}"})).offer(),
        Release(12, dict(NEW, **{"/device.json": b"{}"})).offer(),
        {"manifest": TWELVE.manifest[:-1] + " " * 6144 + "}", "signature": base64(TWELVE.signature)},  # too long
    ):
        kiosk.updates.heard("release", offer)
        assert not kiosk.updates.busy, offer
    unprepared = Kiosk(storage, key=None)
    unprepared.updates.heard("release", TWELVE.offer())
    assert not unprepared.updates.busy
    unstarted = Kiosk(storage)
    unstarted.slots.running = None
    unstarted.updates.heard("release", TWELVE.offer())
    assert not unstarted.updates.busy


def test_pieces_that_are_lost_repeated_late_or_wrong():
    class Untidy(Release):
        def answers(self, want):
            right = Release.answers(self, want)
            file, offset = want["file"], want["offset"]
            wrong = [
                self.chunk(file, 0 if offset else 2048),
                self.chunk(1 - file, offset),
                dict(self.chunk(file, offset), release=10),
                dict(self.chunk(file, offset), data="?"),
                dict(self.chunk(file, offset), data=None),
                dict(self.chunk(file, offset), data=base64(b"x" * 2100)),
                {"v": 1},
            ]
            return [("chunk", message) for message in wrong] + right + right

    storage = mounted(small_flash())
    files = {"a.mpy": bytes(range(256)) * 17, "b.mpy": b"b" * 2100}
    release = Untidy(11, files, losing=(0, 3, 4))
    assert Kiosk(storage).offered(release)
    assert release.is_in(storage, "a")
    assert release.wants == [(0, 0)] * 2 + [(0, 2048)] + [(0, 4096)] * 3 + [(1, 0), (1, 2048)]


def test_a_piece_that_is_damaged_on_the_way():
    class Damaging(Release):
        times = 1

        def chunk(self, file, offset):
            message = Release.chunk(self, file, offset)
            if file == 1 and offset == 2048 and self.times:
                self.times -= 1
                return damaged(message)
            return message

    storage = mounted(small_flash())
    release = Damaging(12, NEW)
    assert Kiosk(storage).offered(release)
    assert release.wants == [(1, 0), (1, 2048), (1, 0), (1, 2048), (2, 0), (2, 2048)]
    assert release.is_in(storage, "a")

    storage = mounted(small_flash())
    release = Damaging(12, NEW)
    release.times = 2
    kiosk = Kiosk(storage)
    assert not kiosk.offered(release)
    said = "Release 12 does not arrive as it was signed: kiosk/app.mpy."
    assert kiosk.updates.health() == {"release": 0, "update": said}
    assert not Slots(storage).still_on_trial()


def test_it_goes_on_where_it_stopped():
    storage = mounted(small_flash())
    release = Release(11, {"a.mpy": b"a" * 5000, "b.mpy": b"b" * 100}, losing=(2,))
    kiosk = Kiosk(storage)
    kiosk.updates.heard("release", release.offer())
    assert not kiosk.live(lambda: len(release.wants) == 3, release)  # and then its power goes
    kiosk = Kiosk(storage)
    assert kiosk.offered(release)
    assert release.wants[3:] == [(0, 4096), (1, 0)]
    assert release.is_in(storage, "a")


def test_a_newer_release_takes_the_place_of_one_half_fetched():
    storage = mounted(small_flash())
    first = Release(11, {"a.mpy": b"a" * 3000, "b.mpy": b"b" * 3000, "0/c.mpy": b"c"})
    kiosk = Kiosk(storage)
    kiosk.updates.heard("release", first.offer())
    kiosk.live(lambda: len(first.wants) == 4, first)
    second = Release(12, {"a.mpy": b"a" * 3000, "b.mpy": b"B" * 3000, "d.mpy": b"d"})
    assert Kiosk(storage).offered(second)
    assert second.wants == [(1, 0), (1, 2048), (2, 0)]
    assert second.is_in(storage, "a")
    assert storage.names("slots/a/0") == []


def test_a_flash_that_fills_up_meanwhile():
    storage = mounted(small_flash())
    kiosk = installed(storage, again(ELEVEN))
    room = storage.space()[2]
    storage.space = lambda: (512, 64, 64)  # as if there were room
    release = Release(12, {"a.mpy": b"a" * 25_000})
    assert not kiosk.offered(release)
    assert "Release 12 could not be written: " in kiosk.updates.health()["update"]
    # What it took is free again, for the journal's sake.
    storage.append("more", bytes((room - 4) * 512))
    assert ELEVEN.is_in(storage, Kiosk(storage).slots.running)


def test_memory_in_small_pieces_does_not_keep_a_release_away():
    storage = mounted(small_flash())
    kiosk = Kiosk(storage)
    append = storage.append

    def scarce(path, data):
        storage.append = append
        raise MemoryError("memory allocation failed")

    storage.append = scarce
    assert not kiosk.offered(again(ELEVEN))
    assert "Release 11 could not be taken: MemoryError " in kiosk.updates.health()["update"]
    assert kiosk.offered(again(ELEVEN))  # with the next status, not an hour later
    assert ELEVEN.is_in(storage, "a")


def test_a_collector_that_has_it_no_more():
    storage = mounted(small_flash())
    kiosk = Kiosk(storage)
    release = again(TWELVE, losing=range(1, 100))
    assert not kiosk.offered(release)
    assert kiosk.updates.health()["update"] == "Release 12 is no longer to be had."
    asked = len(release.wants)
    assert asked < 12
    # The collector offers it with each status: an hour later it gets another chance, and goes on where it stopped.
    kiosk.updates.heard("release", release.offer())
    assert not kiosk.updates.busy
    kiosk.forward(3_600_000)
    assert kiosk.offered(again(TWELVE))
    assert TWELVE.wants[0] == (1, 2048)


def test_an_offer_that_is_withdrawn_meanwhile_makes_room_for_another_at_once():
    class Withdrawn(Release):
        def chunk(self, file, offset):
            message = Release.chunk(self, file, offset)
            return message if offset == 0 else dict(message, data="")

    storage = mounted(small_flash())
    kiosk = Kiosk(storage)
    release = Withdrawn(12, NEW)
    began = kiosk.clock.uptime()
    assert not kiosk.offered(release)
    assert kiosk.clock.uptime() - began < 10_000
    assert kiosk.updates.health()["update"] == "Release 12 is no longer to be had."
    assert not kiosk.updates.busy
    # Within the same hour: the same again, if it is offered again, and what is here is not fetched twice.
    assert kiosk.offered(again(TWELVE))
    assert (1, 0) not in TWELVE.wants


def test_a_release_that_does_not_reach_the_collector_goes_back():
    storage = mounted(small_flash())
    installed(storage, again(ELEVEN))
    assert Kiosk(storage).offered(again(TWELVE))
    kiosk = Kiosk(storage)
    assert kiosk.slots.number == 12
    kiosk.updates.heard("release", Release(13, OLD).offer())
    assert kiosk.live(lambda: False)
    assert 600_000 <= kiosk.clock.uptime() < 700_000
    kiosk = Kiosk(storage)
    said = "Release 12 has gone back: it did not reach the collector within 10 minutes."
    assert kiosk.updates.health() == {"release": 11, "update": said}
    # It is not tried again, but its successor is.
    kiosk.updates.heard("release", TWELVE.offer())
    assert not kiosk.updates.busy
    assert kiosk.offered(Release(13, NEW))
    assert not Kiosk(storage).proved()
    assert Kiosk(storage).updates.health() == {"release": 13}


def test_it_starts_again_when_nobody_presses():
    storage = mounted(small_flash())
    kiosk = Kiosk(storage)
    begun = Slots(storage)

    def press_for_a_while():
        if begun.still_on_trial() and kiosk.clock.uptime() < 300_000:
            kiosk.press()
        return False

    kiosk.updates.heard("release", again(ELEVEN).offer())
    assert kiosk.live(press_for_a_while, ELEVEN)
    assert 359_000 <= kiosk.clock.uptime() < 370_000


def test_it_starts_again_in_a_shop_that_never_rests():
    storage = mounted(small_flash())
    kiosk = Kiosk(storage)
    kiosk.updates.heard("release", again(ELEVEN).offer())
    kiosk.live(lambda: Slots(storage).still_on_trial(), ELEVEN)
    since = kiosk.clock.uptime()

    def press():
        if kiosk.clock.uptime() % 30_000 < 1000:
            kiosk.press()
        return False

    kiosk = Kiosk(storage, slot="")
    kiosk.updates.heard("release", again(ELEVEN).offer())
    assert kiosk.live(press, ELEVEN)
    assert 3_600_000 <= kiosk.clock.uptime() < 3_700_000 + since


def test_the_newest_is_taken_again_where_its_slot_is_damaged():
    storage = mounted(small_flash())
    installed(storage, again(ELEVEN))
    kiosk = Kiosk(storage, slot="")  # the starter could not start it
    assert kiosk.updates.health() == {"release": 0}
    assert kiosk.offered(again(ELEVEN))
    assert ELEVEN.is_in(storage, "b")
    assert not Kiosk(storage).proved()
    assert Kiosk(storage).slots.running == "b"


def test_the_key_is_the_public_one():
    assert len(KEY) == 32
    assert KEY != SECRET


def test_a_release_that_does_not_fit_is_not_begun():
    """The records come first: the journal goes on in the room that is kept for it."""
    storage = mounted(MemoryFlash(blocks=32, block_size=512))
    kiosk = Kiosk(storage)
    large = Release(12, {"kiosk_main.mpy": b"main" * 3000})
    assert not kiosk.offered(large)
    assert "does not fit" in kiosk.updates.health()["update"]
    assert storage.space()[2] > 32 // 12
