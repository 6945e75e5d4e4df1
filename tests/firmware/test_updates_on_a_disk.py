"""The same updates on a Raspberry Pi's card, which forgets whatever was not synced."""

import pytest
from forgetful_disk import KEPT, ForgetfulDisk, PowerCut
from kiosk import storage
from kiosk.storage import Storage
from test_power_cuts import EXHAUSTIVE
from test_update_power_cuts import ELEVEN, RELEASES, TWELVE
from updating import Kiosk, installed

STEP = 1 if EXHAUSTIVE else 3


def started():
    """Start the kiosk; what runs is whole."""
    kiosk = Kiosk(Storage())
    number = kiosk.slots.number
    assert number == 0 or RELEASES[number].is_in(kiosk.storage, kiosk.slots.running)
    return kiosk


@pytest.mark.parametrize("kept", KEPT)
def test_what_is_started_is_whole_whatever_the_disk_forgets(monkeypatch, kept):
    operation, cut = KEPT.index(kept), True
    while cut:
        operation += STEP
        disk = ForgetfulDisk()
        disk.install(monkeypatch, storage)
        installed(Storage(), ELEVEN)
        disk.cut_after(operation)
        try:
            assert Kiosk(Storage()).offered(TWELVE)
            kiosk = Kiosk(Storage())
            assert not kiosk.proved()
            cut = False
        except PowerCut:
            pass
        disk.power_on(kept)
        kiosk = started()
        if kiosk.slots.number != 12:
            assert kiosk.offered(TWELVE)
            kiosk = started()
        if kiosk.slots.on_trial:
            assert not kiosk.proved()
        assert started().updates.health() == {"release": 12}
    assert operation > 50
