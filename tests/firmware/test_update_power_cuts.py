"""Power goes at every flash operation of an update: fetched, copied, switched, tried, proved, gone back.

Whatever is left: what is started is whole, what was proved is not forgotten, and in the end the release is there.
"""

from kiosk.slots import Slots
from test_power_cuts import EXHAUSTIVE, cuts, storage_on
from updating import Kiosk, Release, installed, small_flash

APP = b"app 1 " * 90
ELEVEN = Release(11, {"kiosk/app.mpy": APP, "kiosk_main.mpy": b"main 1"})
TWELVE = Release(12, {"kiosk/app.mpy": APP, "kiosk/new.mpy": b"", "kiosk_main.mpy": b"main 2" * 400})
THIRTEEN = Release(13, {"kiosk/app.mpy": APP, "kiosk_main.mpy": b"main 3"})
RELEASES = {11: ELEVEN, 12: TWELVE, 13: THIRTEEN}


def started(flash):
    """Start the kiosk and return (kiosk, number of the release that runs), which is whole."""
    storage = storage_on(flash)
    kiosk = Kiosk(storage)
    for release in RELEASES.values():
        release.wants = []
    number = kiosk.slots.number
    assert number == 0 or RELEASES[number].is_in(storage, kiosk.slots.running)
    return kiosk, number


class Finishing:
    """Check that the kiosk is whole, and that it still comes to a release: in the short form only now and then."""

    def __init__(self, release, every=6):
        self.release, self.every, self.times = release, 1 if EXHAUSTIVE else every, 0

    def __call__(self, flash):
        kiosk, number = started(flash)
        self.times += 1
        if self.times % self.every == 0:
            if number != self.release.number:
                assert kiosk.offered(self.release)
                kiosk, number = started(flash)
            assert number == self.release.number
            if kiosk.slots.on_trial:
                assert not kiosk.proved()
            assert started(flash)[1] == self.release.number


def with_releases(*releases):
    """Return what makes a flash on which these have been proved, one after the other."""
    made = []

    def make():
        if not made:
            flash = small_flash()
            for release in releases:
                installed(storage_on(flash), release)
            made.append(flash)
        return made[0].copy()

    return make


def on_trial(release, before):
    """Return what makes a flash on which a release is about to be tried, after those before it."""

    def make():
        flash = before()
        assert started(flash)[0].offered(release)
        return flash

    return make


def take(release):
    return lambda flash: started(flash)[0].offered(release)


def test_the_first_release():
    cuts(take(TWELVE), Finishing(TWELVE), small_flash, started)


def test_a_release_that_has_something_in_common_with_the_one_before():
    cuts(take(TWELVE), Finishing(TWELVE), with_releases(ELEVEN), started)


def test_a_release_in_the_place_of_the_last_but_one():
    cuts(take(THIRTEEN), Finishing(THIRTEEN), with_releases(ELEVEN, TWELVE), started)


def test_going_on_after_a_cut():
    def make():
        flash = before()
        half = Release(12, TWELVE.files, losing=range(1, 99))
        started(flash)[0].offered(half)
        return flash

    before = with_releases(ELEVEN)
    cuts(take(TWELVE), Finishing(TWELVE), make, started)


def test_the_proof():
    proved = []

    def use(flash):
        del proved[:]
        kiosk, _ = started(flash)
        kiosk.proved()
        if flash.left is None:
            proved.append(12)

    def check(flash):
        _, number = started(flash)
        assert number == 12
        assert Slots(storage_on(flash)).still_on_trial() or not Slots(storage_on(flash), "b").takes(12)
        if proved:
            assert not Slots(storage_on(flash)).still_on_trial()

    cuts(use, check, on_trial(TWELVE, with_releases(ELEVEN)), started)


def test_going_back():
    gone_back = []

    def use(flash):
        del gone_back[:]
        for _ in range(4):
            _, number = started(flash)
        assert number == 11
        if flash.left is None:
            gone_back.append(12)

    def check(flash):
        numbers = [started(flash)[1] for _ in range(5)]
        assert sorted(numbers, reverse=True) == numbers  # never to and fro
        assert numbers[-1] == 11
        if gone_back:
            assert numbers[0] == 11
        kiosk, _ = started(flash)
        assert not kiosk.slots.takes(12)
        assert kiosk.slots.takes(13)

    cuts(use, check, on_trial(TWELVE, with_releases(ELEVEN)), started)
