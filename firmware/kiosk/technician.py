"""What a technician asks over the cable. This is loaded when a line has come, and then forgotten again.

A deed is called with the message and the kiosk's parts. It returns a sentence, what else it has to say, and what is to
be done once that has been said; or it raises ValueError or OSError with a sentence. Secrets are taken, never told.
"""

import json
import sys

from kiosk import VERSION
from kiosk.identity import FILE as WHO
from kiosk.identity import key_in
from kiosk.journal import FOLDER
from kiosk.storage import read_json

KEPT = "It is kept, and used from the next start on."
WAITS = "This board waits for its identity."
WATCH_MOST = 3600  # s
SHOWN_MS = 60_000
ERASE = "erase"  # the mark of `kiosk.reset`
MAINTENANCE = "maintenance"  # the file by which `starter.py` knows


async def answered(line, parts):
    """Return the answer to a line, None where it deserves none, and what is to be called afterwards, or None."""
    try:
        message = json.loads(line)
    except Exception:
        message = {"do": ""}
    if not isinstance(message, dict) or not isinstance(message.get("do"), str):
        return None, None  # one of our own, thrown back by a terminal
    number = message.get("id")
    if type(number) is not int:
        return _refusal(None, "A line is JSON, with a number as its id."), None
    try:
        text, more, afterwards = await DEEDS.get(message["do"], unknown)(message, parts)
        return dict(more, id=number, done=True, text=text), afterwards
    except (OSError, ValueError) as fault:
        text = str(fault)
    except Exception as fault:
        # Its type alone: who knows what else it would tell.
        text = "This could not be done: %s." % type(fault).__name__
    return _refusal(number, text), None


async def unknown(_message, _parts):
    raise ValueError("This kiosk cannot do that.")


def _refusal(number, text):
    return {"id": number, "done": False, "text": text}


def _part(parts, name):
    if name not in parts:
        raise ValueError(WAITS)
    return parts[name]


def _radio(parts):
    if not parts["board"].wifi():
        raise ValueError("This board has no radio of its own.")
    return parts["board"]


async def hello(_message, parts):
    board, clock = parts["board"], parts["clock"]
    said = {"kiosk": None, "epoch": None, "last": 0, "held": 0, "release": 0, "online": False}
    said.update(board=board.name, firmware=VERSION, uptime=clock.uptime(), reset=board.reset_cause())
    if "kiosk" not in parts:
        return WAITS, dict(said, why=parts["why"]), None
    journal, release = parts["journal"], parts["updates"].health()["release"]
    said.update(kiosk=parts["identity"]["kiosk"], epoch=journal.epoch, last=journal.last, held=journal.held)
    said.update(release=release, online=parts["uplink"].online)
    return "This is %s." % said["kiosk"], said, None


async def status(_message, parts):
    board, clock = parts["board"], parts["clock"]
    said = {"uptime": clock.uptime(), "utc": clock.utc(), "wifi": board.wifi() or "none", "online": False}
    if "kiosk" not in parts:
        return WAITS, dict(said, why=parts["why"], settings=0, confirmed=0), None
    talk, uplink = parts["talk"], parts["uplink"]
    said.update(talk.health())
    said.update(settings=parts["settings"].version, confirmed=talk.confirmed, online=uplink.online, why=uplink.why)
    return "It is online." if uplink.online else "It is not online.", said, None


async def scan(_message, parts):
    networks = await _radio(parts).scan()
    return "%d networks are in reach." % len(networks), {"networks": networks}, None


async def wifi(message, parts):
    _radio(parts)
    values = {"name": _text(message, "name", 32)}
    for name, most in (("password", 64), ("country", 2)):
        if message.get(name):
            values[name] = _text(message, name, most)
    _write(parts, "wifi.json", values)
    return KEPT, {}, None


async def broker(message, parts):
    _part(parts, "kiosk")
    values = dict(json.loads(parts["storage"].read(WHO)), next_ca=None)
    values.update(_address(message))
    _write(parts, WHO, values)
    return KEPT, {}, None


async def identity(message, parts):
    values = {"kiosk": _text(message, "kiosk", 32), "secret": _text(message, "secret", 256)}
    if not all([letter in "abcdefghijklmnopqrstuvwxyz0123456789-" for letter in values["kiosk"]]):
        raise ValueError("kiosk has small letters, digits and hyphens.")
    key = message.get("key") or None
    key_in(key)
    values = dict(_address(message), n=_number(message, "n", 1, 2**31 - 1), key=key, **values)
    storage = parts["storage"]
    known = parts["identity"]["kiosk"] if "kiosk" in parts else read_json(storage, WHO).get("kiosk")
    # What it holds would be counted as another one's.
    if known and known != values["kiosk"]:
        raise ValueError("This board is %s: only a factory reset makes it another." % known)
    if not known and FOLDER in storage.names(""):
        raise ValueError("This board holds records, and does not say whose: a factory reset comes first.")
    if storage.read(ERASE) is not None:
        storage.remove(ERASE)  # of a reset that its code did not know: a later release would
    _write(parts, WHO, values)
    return KEPT, {}, None


async def watch(message, parts):
    seconds = _number(message, "seconds", 0, WATCH_MOST)
    _part(parts, "kiosk").watch(seconds)
    return "For %d s presses are tests." % seconds, {}, None


async def end_of_test(_message, parts):
    kiosk = _part(parts, "kiosk")
    kiosk.watch(0)
    kiosk.show(None)
    parts["board"].light(None, 0)
    return "Presses are ratings again.", {}, None


async def light(message, parts):
    board = parts["board"]
    button, level = _number(message, "button", 0, board.buttons), _number(message, "level", 0, 100)
    board.light(button or None, level if button else 0)
    return "Light %d is at %d %%." % (button, level) if button else "All is dark.", {}, None


async def sound(message, parts):
    name = message.get("name")
    if name not in ("thanks", "identify"):
        raise ValueError('A sound is "thanks" or "identify".')
    parts["board"].sound(name, _number(message, "level", 1, 100) if "level" in message else 50)
    return "It sounds.", {}, None


async def screen(message, parts):
    from kiosk.settings import is_code

    size, bits, text = message.get("size"), message.get("bits"), message.get("text", [])
    if not is_code([size, bits]):
        raise ValueError("This is no QR code.")
    if isinstance(text, str):
        text = [["en", text]]
    picture = {"kind": "qr", "size": size, "bits": bits, "text": text}
    if "kiosk" in parts:
        parts["kiosk"].show(picture, SHOWN_MS)
    else:
        parts["board"].screen(picture)
    return "The screen shows it for %d s." % (SHOWN_MS // 1000), {}, None


async def as_command(message, parts):
    """Do what the collector may ask for, too."""
    if "kiosk" in parts:
        return parts["deeds"][message["do"]]({}), {}, None
    if message["do"] == "log":
        return parts["log"].text(3500), {}, None
    return _part(parts, "kiosk")


async def reboot(_message, parts):
    return "It starts again.", {}, lambda: parts["board"].restart(None)


async def maintenance(_message, parts):
    if sys.implementation.name != "micropython":
        raise ValueError("This kiosk has no prompt.")
    parts["storage"].replace(MAINTENANCE, b"")
    return "It starts again, and stays at the prompt.", {}, lambda: parts["board"].restart(None)


async def factory_reset(message, parts):
    if message.get("sure") is not True:
        raise ValueError('Say "sure": true.')
    unsent = parts["talk"].unsent if "kiosk" in parts else 0
    return "It erases itself once the collector has all %d records." % unsent, {"unsent": unsent}, parts["erase"]


DEEDS = {
    "hello": hello,
    "status": status,
    "scan": scan,
    "wifi": wifi,
    "broker": broker,
    "identity": identity,
    "watch": watch,
    "test-end": end_of_test,
    "light": light,
    "sound": sound,
    "screen": screen,
    "self-test": as_command,
    "identify": as_command,
    "log": as_command,
    "reboot": reboot,
    "maintenance": maintenance,
    "factory-reset": factory_reset,
}


def _write(parts, path, values):
    parts["storage"].replace(path, json.dumps(values).encode())


def _address(message):
    values = {"host": _text(message, "host", 253), "port": _number(message, "port", 1, 65535)}
    values["tls"] = bool(message.get("tls"))
    if values["tls"]:
        values["ca"] = _text(message, "ca", 4096)
        if "-----BEGIN CERTIFICATE-----" not in values["ca"]:
            raise ValueError("ca is no PEM.")
    return values


def _text(message, name, most):
    value = message.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        raise ValueError("%s is a text of 1 to %d characters." % (name, most))
    return value


def _number(message, name, least, most):
    value = message.get(name)
    if type(value) is not int or not least <= value <= most:
        raise ValueError("%s is a whole number, %d to %d." % (name, least, most))
    return value
