"""A virtual kiosk is updated for real: over a broker, into the slots on its flash, in the MicroPython VM."""

import base64
import json
import shutil

import pytest
from brokers import Collector
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signing import SECRET, public_key
from test_mqtt import mosquitto
from world import enrol, recorded, switched_on

from collector.fleet.releases import PIECE
from provisioning.bundle import FIRMWARE, bundle
from provisioning.release import build
from simulators.flash_image import read_file


class Publisher(Collector):
    """The paper collector, with releases."""

    def __init__(self, port):
        self.files, self.wants = {}, []
        super().__init__(port)
        self.client.subscribe("smilepost/v1/+/want", 1)

    def hear(self, message):
        if not message.topic.endswith("/want"):
            super().hear(message)
            return
        want = json.loads(message.payload)
        path = list(self.files)[want["file"]]
        self.wants.append((path, want["offset"]))
        data = self.files[path][want["offset"] : want["offset"] + PIECE]
        self.say("chunk", {**want, "data": base64.b64encode(data).decode()})

    def say(self, topic, message):
        self.client.publish(f"smilepost/v1/exit-1/{topic}", json.dumps({**message, "v": 1}))

    def offer(self, number, files):
        release = build(files, "virtual", number, "9", Ed25519PrivateKey.from_private_bytes(SECRET))
        self.files, self.wants = release.files, []
        signature = base64.b64encode(release.signature).decode()
        self.say("release", {"manifest": release.manifest, "signature": signature})

    def online(self):
        return self.hears("status", lambda status: status["state"] == "online")["health"]


def firmware(folder, *changes):
    """Return the firmware for a virtual kiosk, made from sources in which some texts are others."""
    sources = shutil.copytree(FIRMWARE, folder)
    for name, old, new in changes:
        text = (sources / name).read_text()
        assert old in text
        (sources / name).write_text(text.replace(old, new))
    return bundle("virtual", firmware=sources)


def logged(kiosk, words):
    while words not in kiosk.see("log"):
        pass


@pytest.fixture
def publisher(tmp_path):
    with mosquitto(tmp_path) as (_, address):
        publisher = Publisher(address["port"])
        publisher.port = address["port"]
        yield publisher
        publisher.close()


def test_a_release_is_fetched_tried_and_proved_and_one_that_crashes_goes_back(tmp_path, publisher):
    image = tmp_path / "flash.img"
    enrol(image, publisher.port, key=base64.b64encode(public_key(SECRET)).decode())
    soon = ("kiosk/trial.py", "_PROOF = const(60_000)", "_PROOF = const(500)")
    first = firmware(tmp_path / "first", soon, ("kiosk/__init__.py", "VERSION = ", 'VERSION = "9" or '))

    with switched_on(image, "micropython") as kiosk:
        health = publisher.online()
        assert health["release"] == 0
        publisher.offer(1, first)
        kiosk.press(2)
        logged(kiosk, "Release 1 is about to be started.")
        kiosk.press(3)
        kiosk.kill()  # instead of the minute that it waits for the last shopper
    assert len(publisher.wants) >= len(first)

    with switched_on(image, "micropython") as kiosk:
        health = publisher.online()
        assert (health["firmware"], health["release"]) == ("9", 1)
        assert health["update"] == "This release is on trial."
        kiosk.press(1)
        logged(kiosk, "release 1 has proved itself")

        publisher.offer(2, firmware(tmp_path / "second", soon, ("kiosk_main.py", "import asyncio\n", "1 / 0\n")))
        logged(kiosk, "Release 2 is about to be started.")
        kiosk.kill()
    # Only what differs from the release that runs was fetched.
    assert {path for path, _ in publisher.wants} == {"kiosk/__init__.mpy", "kiosk_main.mpy"}

    with switched_on(image, "micropython") as kiosk:
        health = publisher.online()
        assert (health["firmware"], health["release"]) == ("9", 1)
        assert health["update"].startswith("Release 2 has gone back: it cannot be started: ZeroDivisionError")
        kiosk.press(4)
        kiosk.kill()
    assert recorded(image) == [2, 3, 1, 4]
    assert json.loads(read_file(image, "slots.json"))["good"] == "a"


def test_a_release_of_a_stranger_changes_nothing(tmp_path, publisher):
    image = tmp_path / "flash.img"
    enrol(image, publisher.port, key=base64.b64encode(public_key(bytes(32))).decode())
    with switched_on(image, "micropython") as kiosk:
        publisher.online()
        publisher.offer(1, {"kiosk_main.mpy": b"?"})
        logged(kiosk, "Release 1 is not signed with the organisation's key.")
        kiosk.press(1)
        kiosk.kill()
    with pytest.raises(FileNotFoundError):
        read_file(image, "slots.json")
