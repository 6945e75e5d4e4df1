"""As its owner meets it: save what runs, restore it elsewhere, and go on pressing."""

import asyncio
import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from collector.backup.restore import restore
from collector.backup.save import SAVED, backup
from collector.broker.nats import EmbeddedBroker
from collector.database import connect
from collector.fleet.credentials import Credentials
from collector.fleet.identity import FILE, of_installation
from collector.ingest.intake import Intake
from collector.settings import Settings
from simulators.flash_image import write_file
from simulators.floor.press import PressFailed, press
from simulators.virtual_kiosk import VirtualKiosk
from tests.collector.ingest.test_intake import STATUS, UP, frame, say_until_acked, status
from tests.collector.mqtt_peer import Peer
from tests.conftest import wait_for_port
from tests.installation import KIOSKS, Installation
from tests.waiting import until

#: Made anew wherever an installation starts; `collector.backup` says why it is in no backup.
MADE_ANEW = {"postgres", "broker", "kiosks", "logs", "run", "up.lock"}


def test_installation_goes_on_in_another_folder(tmp_path: Path) -> None:
    first, second, saved = tmp_path / "first", tmp_path / "second", tmp_path / "saved.zip"
    with Installation(first) as installation:
        for kiosk in KIOSKS:
            until(lambda: is_lit(installation, kiosk, 4), f"the light of {kiosk}")  # noqa: B023
        until(lambda: len(list(installation.ratings())) == 2, "both ratings")
        ratings = list(installation.ratings())
        installation.run("backup", str(saved))
        # Whoever adds a folder decides whether it lasts.
        assert {path.name for path in first.iterdir()} <= {*SAVED, *MADE_ANEW}
    elsewhere = Installation(second)
    assert "Start it now: smilepost up" in elsewhere.run("restore", str(saved))
    with elsewhere:
        assert list(elsewhere.ratings()) == ratings
        for kiosk in KIOSKS:
            until(lambda: is_lit(elsewhere, kiosk, 1), f"the light of {kiosk}")  # noqa: B023
        until(lambda: len(list(elsewhere.ratings())) == 4, "the ratings of its kiosks")
    # It rests, and can be saved all the same.
    elsewhere.run("backup", str(tmp_path / "again.zip"))


def is_lit(installation: Installation, kiosk: str, button: int) -> bool:
    """Press a button that may have no power yet."""
    try:
        press(installation.settings, kiosk, button)
    except PressFailed:
        return False
    return True


def test_kiosk_goes_on_with_a_restored_collector(
    settings: Settings, shop: Credentials, empty: Settings, tmp_path: Path
) -> None:
    """The collector went back by twenty ratings. The kiosk still has them: each is there, once."""
    saved, image = tmp_path / "saved.zip", tmp_path / "kiosk.flash"
    write_file(image, FILE, msgspec.json.encode(of_installation(settings, shop)))
    restored = replace(empty, broker_port=settings.broker_port)
    buttons = [1 + number % 4 for number in range(40)]

    async def use() -> int:
        kiosk = VirtualKiosk("exit-1", image)
        await kiosk.plug_in()
        with collecting(settings):
            await press_all(kiosk, settings, buttons[:10])
            await asyncio.to_thread(backup, settings, saved)
            await press_all(kiosk, settings, buttons[10:30])
        await asyncio.to_thread(restore, restored, saved)
        with collecting(restored):
            await press_all(kiosk, restored, buttons[30:])
        await kiosk.pull_plug()
        return len(kiosk.lit)

    assert asyncio.run(asyncio.wait_for(use(), 120)) == len(buttons)
    with connect(restored) as database:
        rated = database.execute("SELECT button FROM rating ORDER BY cursor_id, seq").fetchall()
        [(counted,)] = database.execute("SELECT sum(counted + marked) FROM rating_hour").fetchall()
    assert [button for (button,) in rated] == buttons
    assert counted == len(buttons)


def test_what_a_kiosk_has_let_go_of_is_written_down(
    settings: Settings, shop: Credentials, empty: Settings, tmp_path: Path
) -> None:
    saved = tmp_path / "saved.zip"
    restored = replace(empty, broker_port=settings.broker_port)
    with collecting(settings), talking(settings, shop) as kiosk:
        assert say_until_acked(kiosk, UP, frame(1, 1, 2, 3))["seq"] == 3
        backup(settings, saved)
        assert say_until_acked(kiosk, UP, frame(4, 4, 4, 4))["seq"] == 6
    restore(restored, saved)
    with collecting(restored), talking(restored, shop) as kiosk:
        assert say_until_acked(kiosk, STATUS, status(seq=7, confirmed=6))["seq"] == 3
        # It has let go of 4 and 5, and not yet of 6.
        after = json.dumps({**json.loads(frame(6, 4, 1)), "held": 6}).encode()
        assert say_until_acked(kiosk, UP, after)["seq"] == 7
        assert say_until_acked(kiosk, UP, after)["seq"] == 7
    with connect(restored) as database:
        rated = database.execute("SELECT seq, button FROM rating ORDER BY seq").fetchall()
        gaps = database.execute("SELECT first_seq, last_seq FROM gap").fetchall()
        [(counted,)] = database.execute("SELECT sum(counted + marked) FROM rating_hour").fetchall()
    assert rated == [(1, 1), (2, 2), (3, 3), (6, 4), (7, 1)]
    assert gaps == [(4, 5)]
    assert counted == 5


@contextlib.contextmanager
def talking(settings: Settings, credentials: Credentials) -> Iterator[Peer]:
    """A kiosk's connection."""
    peer = Peer(settings.broker_port, "exit-1-1", credentials.secret, client_id="exit-1")
    assert peer.next_event() == "connected"
    assert peer.subscribe("smilepost/v1/exit-1/ack")
    yield peer
    peer.close()


async def press_all(kiosk: VirtualKiosk, settings: Settings, buttons: list[int]) -> None:
    """Press these buttons, each lit, and wait until the last of them is stored."""
    await kiosk.wait_until(lambda: kiosk.front.armed and kiosk.front.online)
    for button in buttons:
        assert await kiosk.press(button)
    await asyncio.to_thread(until, lambda: stored(settings) >= len(kiosk.lit), "the ratings")


def stored(settings: Settings) -> int:
    """The last seq of the table, but for the record of its start."""
    with connect(settings) as database:
        [(seq,)] = database.execute("SELECT coalesce(max(seq) - 1, 0) FROM cursor").fetchall()
    return int(seq)


@contextlib.contextmanager
def collecting(settings: Settings) -> Iterator[None]:
    """The embedded broker and an intake."""
    broker = EmbeddedBroker(settings)
    with connect(settings) as database:
        broker.prepare(database)
    process = subprocess.Popen(broker.command(), stderr=subprocess.DEVNULL)
    try:
        wait_for_port(settings.broker_port)
        intake = Intake(settings)
        thread = threading.Thread(target=intake.run)
        thread.start()
        try:
            yield
        finally:
            intake.stop()
            thread.join(30)
            assert not thread.is_alive()
    finally:
        process.kill()
        process.wait()
