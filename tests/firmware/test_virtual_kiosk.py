"""The whole firmware on its simulated flash, in the VM and on CPython; the test plays the world."""

import hashlib
import json
import os
import subprocess

import pytest
from brokers import Collector, mosquitto
from kiosk.journal import Journal
from kiosk.record import SIZE
from workbench import rating
from world import enrol, recorded, switched_on

from printer.qr import symbol
from simulators.device import device_command
from simulators.flash_image import opened, read_file, write_file
from tests.qr_codes import picture, read

INTERPRETERS = ["micropython", "cpython"]


@pytest.fixture
def image(tmp_path):
    return tmp_path / "flash.img"


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_a_press_is_lit_and_then_the_kiosk_rests(image, interpreter):
    enrol(image)
    with switched_on(image, interpreter) as kiosk:
        hello = kiosk.see("hello")
        assert (hello["kiosk"], hello["board"]) == ("exit-1", "virtual")
        assert hello["interpreter"].startswith(interpreter)
        assert kiosk.see("armed") is True
        assert kiosk.see("light") == "off"
        assert kiosk.see("screen")["kind"] == "rest"
        kiosk.pin(3, 0)
        assert kiosk.see("light") == "thanks"
        assert recorded(image) == [3]  # on flash when the light is on
        assert kiosk.see("sound") == "thanks"
        assert kiosk.see("screen") == {"kind": "thanks", "buttons": 4, "button": 3, "text": [["en", "Thank you!"]]}
        kiosk.pin(3, 1)
        assert kiosk.see("light") == "off"
        assert kiosk.see("screen")["kind"] == "rest"


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_when_the_world_ends_the_kiosk_does(image, interpreter):
    enrol(image)
    with switched_on(image, interpreter) as kiosk:
        kiosk.see("armed")
        kiosk.close()
        assert kiosk.process.wait(20) == 0


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_a_program_that_fails_ends_instead_of_standing_still(image, interpreter):
    enrol(image)
    write_file(image, "journal", b"")  # where a folder should be
    environment = {**os.environ, "KIOSK_FLASH": str(image), "KIOSK_WORLD": "127.0.0.1:1"}
    ended = subprocess.run(
        device_command(interpreter), env=environment, capture_output=True, text=True, check=False, timeout=20
    )
    assert ended.returncode == 1
    assert "Error" in ended.stderr + ended.stdout


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_killed_in_the_middle_of_pressing(image, interpreter):
    """Every lit press is in the journal once and in order, whenever the power went."""
    enrol(image)
    expected = []
    for life in range(6):
        with switched_on(image, interpreter) as kiosk:
            kiosk.see("armed")
            for number in range(3 + life):
                kiosk.press(1 + (life + number) % 4)
            for button in range(5, 11):  # the power goes somewhere among these
                kiosk.pin(button, 0)
            for _ in range(life):
                kiosk.see("light")
            lit = kiosk.kill()
        found = recorded(image)
        assert found[: len(expected)] == expected
        found = found[len(expected) :]
        assert found[: len(lit)] == lit
        # What was recorded but not lit any more comes behind, and once at most.
        assert len(set(found[3 + life :])) == len(found[3 + life :])
        assert len(found) <= 3 + life + 6
        expected += found


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_images_are_read_on_both_sides(image, interpreter):
    enrol(image)
    with switched_on(image, interpreter) as kiosk:
        kiosk.see("armed")
        for _ in range(3):
            kiosk.press(2)
        kiosk.kill()
    assert json.loads(read_file(image, "clock.json"))["boot"] == 1
    write_file(image, "settings.json", b'{"version": 7, "settings": {"buttons": 2, "question": {"uk": "?"}}}')
    other = INTERPRETERS[1 - INTERPRETERS.index(interpreter)]
    with switched_on(image, other) as kiosk:
        assert kiosk.see("screen") == {"kind": "rest", "buttons": 2, "text": [["uk", "?"]], "did": []}
        kiosk.press(1)
        kiosk.kill()
    assert recorded(image) == [2, 2, 2, 1]


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_from_the_button_to_the_collector(image, tmp_path, certificates, interpreter, capsys):
    """A backlog and fresh presses arrive once each, over TLS; the settings come the other way; the heap has room."""
    ca = certificates / "ca.pem"
    with mosquitto(tmp_path, certificates) as (_, address):
        enrol(image, address["port"], tls=True, ca=ca.read_text())
        with opened(image) as storage:
            journal = Journal(storage)
            for number in range(1, 501):
                journal.append(rating(number))
        collector = Collector(address["port"], ca)
        try:
            # In its first minute after power-on it would have some more to remember.
            with switched_on(image, interpreter, KIOSK_RESET="3") as kiosk:
                assert kiosk.see("link") == "online"
                for button in (1, 2, 3, 4):
                    kiosk.press(button)
                collector.hears("up", lambda frame: frame["first"] + len(frame["records"]) == 506)
                settings = {"buttons": 3, "question": {"uk": "Як?"}}
                config = {"v": 1, "version": 4, "settings": settings}
                collector.client.publish("smilepost/v1/exit-1/config", json.dumps(config))
                status = collector.hears("status", lambda status: status["settings"] == 4)
                assert (status["seq"], status["confirmed"]) == (505, 505)
                health = status["health"]
                if interpreter == "micropython":
                    with capsys.disabled():
                        print(f"\nheap in use, connected over TLS: {192 * 1024 - health['free']} bytes of 192 KiB")
                    assert health["free"] > 48 * 1024
        finally:
            collector.close()
    taken = collector.paper.taken
    epoch = status["epoch"]
    assert [taken[epoch, seq] for seq in range(1, 501)] == [rating(number) for number in range(1, 501)]
    assert [taken[epoch, seq][:2] for seq in range(501, 506)] == [(4, 1), (1, 1), (1, 2), (1, 3), (1, 4)]
    assert not collector.paper.gaps
    with opened(image) as storage:
        [folder] = storage.names("journal")
        [segment] = [name for name in storage.names(f"journal/{folder}") if name != "tail"]
        assert storage.size(f"journal/{folder}/{segment}") <= 170 * SIZE


def link(code):
    """The link behind a press's code; the touchpoint's own has the code 0."""
    return f"HTTPS://FEEDBACK.EXAMPLE.COM/Q/{code:028d}"


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_after_a_bad_press_the_screen_shows_its_code(image, tmp_path, interpreter):
    """The press's own while the collector answers in time, else the touchpoint's own from flash."""
    own = symbol(link(0))
    values = {"bad": [3, 4], "languages": ["uk", "en"], "qr": [own.size, own.packed()]}
    texts = {
        "tell": {"en": "Tell us what went wrong", "uk": "Розкажіть, що пішло не так"},
        "thanks": {"uk": "Дякуємо!"},
    }
    answers = [True]

    def code(frame):
        bad = [frame["first"] + at for at, record in enumerate(frame["records"]) if record[0] == 1 and record[1] > 2]
        if bad and answers[0]:
            made = symbol(link(bad[-1]))
            return [bad[-1], made.size, made.packed()]
        return None

    with mosquitto(tmp_path) as (_, address):
        enrol(image, address["port"])
        write_file(image, "settings.json", json.dumps({"version": 2, "settings": {**values, **texts}}).encode())
        collector = Collector(address["port"], code=code)
        try:
            with switched_on(image, interpreter) as kiosk:
                assert kiosk.see("link") == "online"
                for button, answered, code_shown in ((4, True, link(2)), (3, True, link(3)), (4, False, link(0))):
                    answers[0] = answered
                    kiosk.press(button)
                    assert kiosk.see("screen") == {
                        "kind": "thanks",
                        "buttons": 4,
                        "button": button,
                        "text": [["uk", "Дякуємо!"]],
                    }
                    screen = kiosk.see("screen")
                    assert screen["kind"] == "qr"
                    assert [language for language, _ in screen["text"]] == ["uk", "en"]
                    assert read(picture(screen["size"], screen["bits"])) == code_shown
                kiosk.press(1)
                assert kiosk.see("screen")["kind"] == "thanks"
                assert kiosk.see("screen")["kind"] == "rest"
        finally:
            collector.close()


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_a_new_ca_takes_over_where_it_leads_to_the_collector_and_not_before(image, tmp_path, certificates, interpreter):
    old, new = (certificates / f"{name}.pem" for name in ("ca", "other"))
    mark = {text: hashlib.sha256(text.encode()).hexdigest()[:8] for text in (old.read_text(), new.read_text())}
    both = new.read_text() + old.read_text()
    with mosquitto(tmp_path, certificates) as (_, address):
        enrol(image, address["port"], tls=True, ca=old.read_text())
        collector = Collector(address["port"], old)

        def online(trusting):
            status = collector.hears("status", lambda status: status.get("health", {}).get("ca") == trusting)
            return status["connection"]

        def command(number, ca):
            command = {"v": 1, "id": number, "expires": 2**50, "do": "ca", "ca": ca}
            collector.client.publish("smilepost/v1/exit-1/cmd", json.dumps(command))
            return collector.hears("reply", lambda reply: reply["id"] == number)

        try:
            collector.client.subscribe("smilepost/v1/+/reply", 1)
            with switched_on(image, interpreter) as kiosk:
                first = online(mark[old.read_text()])
                assert kiosk.see("link") == "online"
                assert not command(1, "no certificate")["done"]
                assert "next_ca" not in json.loads(read_file(image, "device.json"))
                assert command(2, new.read_text())["done"]
                # The broker's certificate is still of the old one: it goes back to that.
                assert kiosk.see("link") == "offline"
                assert online(mark[old.read_text()]) > first
                assert command(3, both)["done"]
                online(hashlib.sha256(both.encode()).hexdigest()[:8])
                assert [kiosk.see("link") for _ in range(3)] == ["online", "offline", "online"]
                kiosk.kill()
        finally:
            collector.close()
    identity = json.loads(read_file(image, "device.json"))
    assert identity["ca"] == both
    assert not identity["next_ca"]
