"""The console: what a technician hears at the other end of the cable, and what nobody ever hears."""

import asyncio
import json
from binascii import b2a_base64

from kiosk import console as module
from kiosk.clock import Clock
from kiosk.console import LONGEST, Console
from kiosk.journal import Journal
from kiosk.log import Log
from kiosk.reset import MARK, erase
from workbench import Memory, Pins, Ticks

SECRET = "correct horse battery staple"
IDENTITY = {"kiosk": "exit-1", "host": "h", "port": 1883, "n": 2, "secret": SECRET, "tls": False}
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


class Cable:
    """A board that waits for its identity, and what goes over its cable."""

    def __init__(self, storage=None):
        self.storage, self.lines, self.erased = storage or Memory(), [], []
        ticks = Ticks()
        self.board = Pins(ticks)
        self.clock = Clock(self.storage, b"", ticks, ticks.period)
        self.log = Log(self.board, self.clock)
        self.console = Console(**self.parts())

    def parts(self):
        parts = {"board": self.board, "storage": self.storage, "clock": self.clock, "log": self.log}
        return dict(parts, why="there is no device.json.", erase=lambda: self.erased.append(True))

    def send(self, *pieces):
        """Send bytes in such pieces; return what was answered, whatever it was."""
        pieces, before = list(pieces), len(self.lines)

        async def source():
            return pieces.pop(0) if pieces else b""

        module.say, usual = self.lines.append, module.say
        try:
            asyncio.run(self.console.run(source))
        finally:
            module.say = usual
        return [json.loads(line) for line in self.lines[before:]]

    def ask(self, do, **fields):
        fields.update(do=do, id=7)
        [answer] = self.send(json.dumps(fields).encode() + b"\n")
        assert answer["id"] == 7
        return answer


def test_a_line_is_answered_however_it_comes():
    cable = Cable()
    line = b'{"id": 3, "do": "hello"}\r\n'
    for pieces in ([line], [line[:1], line[1:9], line[9:]], [bytes([byte]) for byte in line]):
        [answer] = cable.send(*pieces)
        assert (answer["id"], answer["done"], answer["kiosk"]) == (3, True, None)
    assert [answer["id"] for answer in cable.send(line + b'{"id": 4, "do": "hello"}\n{"id":')] == [3, 4]
    assert cable.send(b' 5, "do": "status"}\n')[0]["id"] == 5


def test_noise_and_echoes_are_ignored():
    cable = Cable()
    cable.ask("hello")
    noise = b'\n\r\n93 connection: OSError 113\n\x00\xff\x03\x04\n[1, 2]\n"do"\n{}\n{"id": 7, "done": true}\n'
    assert cable.send(noise + cable.lines[0].encode() + b"\n") == []


def test_what_cannot_be_read_is_answered_with_a_sentence_that_repeats_nothing():
    cable = Cable()
    for line in (
        b'{"id": 1, "do": "wifi", "password": "' + SECRET.encode(),
        b"{\xff\xfe}",
        b'{"do": "hello"}',
        b"{" * 400,
    ):
        [answer] = cable.send(line + b"\n")
        assert (answer["id"], answer["done"]) == (None, False)
        assert answer["text"].endswith(".")
    for do in ("dance", "__init__", ""):
        answer = cable.ask(do)
        assert (answer["done"], answer["text"]) == (False, "This kiosk cannot do that.")
    assert SECRET not in "".join(cable.lines)


def test_a_line_that_is_too_long_is_refused_and_the_next_is_heard():
    cable = Cable()
    long = b'{"id": 1, "do": "' + b"x" * LONGEST
    [refusal, answer] = cable.send(long[:5000], long[5000:], b'"}\n{"id": 2, "do": "hello"}\n')
    assert (refusal["id"], refusal["done"]) == (None, False)
    assert (answer["id"], answer["done"]) == (2, True)
    longest = b'{"id": 1, "do": "hello", "x": "'
    longest += b"x" * (LONGEST - len(longest) - 2) + b'"}'
    assert cable.send(longest + b"\n")[0]["done"]


def test_a_board_that_waits_for_its_identity():
    cable = Cable()
    hello = cable.ask("hello")
    assert (hello["kiosk"], hello["epoch"], hello["online"], hello["reset"]) == (None, None, False, 1)
    assert hello["why"] == "there is no device.json."
    assert cable.ask("status")["wifi"] == "not found"
    assert cable.ask("log")["done"]
    for do in ("watch", "self-test", "test-end"):
        assert not cable.ask(do, seconds=60)["done"]
    assert not cable.ask("broker", host="h", port=1)["done"]
    assert cable.ask("light", button=2, level=60)["done"]
    assert cable.board.lit == [(2, 60)]
    assert cable.ask("scan")["networks"] == [["shop", -61, True]]


def test_identity_and_wifi_are_kept_and_never_told():
    cable = Cable()
    said = cable.ask("identity", key=None, **IDENTITY)
    assert said["done"], said
    assert cable.ask("wifi", name="shop", password=SECRET, country="UA")["done"]
    kept = json.loads(cable.storage.read("device.json"))
    assert {name: kept[name] for name in IDENTITY} == IDENTITY
    assert json.loads(cable.storage.read("wifi.json")) == {"name": "shop", "password": SECRET, "country": "UA"}
    for do in ("hello", "status", "log", "sound"):
        cable.ask(do, name="thanks")
    assert SECRET not in "".join(cable.lines) + cable.log.text(9999) + "".join(cable.board.lines)


def test_an_identity_that_is_none_is_refused():
    cable = Cable()
    wrong = {"kiosk": "Exit 1", "host": "", "port": 70_000, "n": True, "secret": None, "ca": "no certificate"}
    for name, value in wrong.items():
        fields = dict(IDENTITY, tls=name == "ca", ca=PEM)
        fields[name] = value
        assert not cable.ask("identity", **fields)["done"]
    assert cable.storage.read("device.json") is None
    assert cable.ask("identity", **dict(IDENTITY, tls=True, ca=PEM))["done"]


def test_a_flash_that_takes_nothing_is_told_with_a_sentence():
    class Full(Memory):
        def replace(self, path, data):
            if path == "wifi.json":
                raise OSError(28)
            Memory.replace(self, path, data)

    assert cable_text(Cable(Full()).ask("wifi", name="shop")) != ""


def cable_text(answer):
    assert not answer["done"]
    return answer["text"]


def test_a_factory_reset_wants_to_be_sure():
    cable = Cable()
    for sure in ({}, {"sure": 1}, {"sure": "true"}):
        assert not cable.ask("factory-reset", **sure)["done"]
    assert cable.erased == []
    assert cable.ask("factory-reset", sure=True)["done"]
    assert cable.erased == [True]


def test_what_ends_in_a_restart_is_answered_first():
    cable = Cable()
    assert cable.ask("reboot")["done"]
    assert cable.board.restarts == [None]


def test_a_key_that_is_none_is_refused():
    cable = Cable()
    for key in ("no key", "AAAA", 7, "é" * 44, "A" * 60):
        assert not cable.ask("identity", key=key, **IDENTITY)["done"]
    assert cable.storage.read("device.json") is None
    assert cable.ask("identity", key=b2a_base64(bytes(32)).decode(), **IDENTITY)["done"]


def test_records_of_nobody_knows_whom_are_not_taken_for_another_ones():
    cable = Cable()
    Journal(cable.storage)
    assert "factory reset" in cable_text(cable.ask("identity", **IDENTITY))
    cable.storage.replace("device.json", b'{"kiosk": "exit-1", "key": "damaged"}')
    assert "This board is exit-1" in cable_text(cable.ask("identity", **dict(IDENTITY, kiosk="exit-2")))
    assert cable.ask("identity", **IDENTITY)["done"]
    cable.storage.remove("device.json")
    erase(cable.storage)
    assert cable.ask("identity", **dict(IDENTITY, kiosk="exit-2"))["done"]


def test_an_identity_ends_a_reset_that_the_firmware_did_not_know():
    cable = Cable()
    cable.storage.replace(MARK, b"")
    assert cable.ask("identity", **IDENTITY)["done"]
    assert cable.storage.read(MARK) is None


def test_a_factory_reset_leaves_no_drafts_of_secrets():
    storage = Memory()
    for name in ("device.json", "device.json.tmp", "wifi.json.tmp", "screen.json"):
        storage.replace(name, b"{}")
    erase(storage)
    assert list(storage.files) == ["screen.json"]


def test_without_memory_for_a_line_it_says_so_and_hears_the_next():
    class Tight(Cable):
        def parts(self):
            parts = Cable.parts(self)
            parts["erase"] = lambda: bytearray(1 << 60)
            return parts

    cable = Tight()
    lines = b'{"id": 1, "do": "factory-reset", "sure": true}\n{"id": 2, "do": "hello"}\n'
    answers = cable.send(lines)
    assert [(answer["id"], answer["done"]) for answer in answers] == [(1, True), (None, False), (2, True)]
    assert answers[1]["text"] == "There is no memory for it."
