"""Firmware for the virtual kiosks: the real sources, in which times are shorter and, in a bad release, faults are."""

import json
import shutil
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.fleet.releases import MANIFEST
from provisioning.bundle import FIRMWARE, bundle
from provisioning.release import Release, build
from simulators.flash_image import opened

#: What takes minutes takes seconds: nobody pressed, proof and patience of a trial, from piece to piece and from status
#: to status.
_TIMES = (
    ("kiosk/trial.py", "_PROOF = const(60_000)", "_PROOF = const(1_000)"),
    ("kiosk/trial.py", "_PATIENCE = const(600_000)", "_PATIENCE = const(20_000)"),
    ("kiosk/trial.py", "_QUIET = const(60_000)", "_QUIET = const(1_000)"),
    ("kiosk/installing.py", "PAUSE = 0.1 ", "PAUSE = 0.01 "),
    ("kiosk/conversation.py", "STATUS_EVERY = 60_000", "STATUS_EVERY = 3_000"),
    ("kiosk/alive.py", "WINDOW = 10_000", "WINDOW = 1_000"),
)
#: Ways in which a release goes wrong on a kiosk.
FAULTS = ("cannot be started", "dies", "hangs", "reaches nobody")
_PLANTED = (
    (
        "kiosk_main.py",
        "import asyncio\n",
        'import asyncio\nimport json\nwith open("/flash/device.json") as _file:\n'
        '    _FAULT = FAULTS.get(json.load(_file)["kiosk"])\n'
        'if _FAULT == "cannot be started":\n    raise ImportError("planted")\n',
    ),
    (
        "kiosk_main.py",
        '    await board.power_on(identity["kiosk"])\n',
        '    await board.power_on(identity["kiosk"])\n    if _FAULT == "dies":\n        raise OSError(5)\n',
    ),
    ("kiosk_main.py", "        uplink.run(),\n", "        _faulty(uplink),\n"),
    (
        "kiosk_main.py",
        "async def _attend(",
        'async def _faulty(uplink):\n    if _FAULT == "hangs":\n        await asyncio.sleep(1)\n'
        "        while True:\n            pass\n"
        '    if _FAULT != "reaches nobody":\n        await uplink.run()\n\n\nasync def _attend(',
    ),
)


def release(folder: Path, number: int, key: Ed25519PrivateKey, faults: dict[str, str] | None = None) -> Release:
    """A release for virtual kiosks.

    Parameters
    ----------
    folder: that is not there yet.
    faults: by kiosk, one of FAULTS.
    """
    sources = Path(shutil.copytree(FIRMWARE, folder, ignore=shutil.ignore_patterns("__pycache__")))
    changes = list(_TIMES)
    if faults:
        changes += [(name, old, new.replace("FAULTS", json.dumps(faults))) for name, old, new in _PLANTED]
    for name, old, new in changes:
        text = (sources / name).read_text()
        assert text.count(old) == 1, (name, old)
        (sources / name).write_text(text.replace(old, new))
    return build(bundle("virtual", firmware=sources), "virtual", number, f"0.{number}", key)


def install(image: Path, built: Release, number: int) -> None:
    """Have a flash as if this release had been fetched and proved."""
    image.parent.mkdir(parents=True, exist_ok=True)
    state = {"good": "a", "number": number, "highest": number, "trial": None, "offered": 0, "starts": 0}
    with opened(image) as storage:
        storage.make_folder("slots")
        storage.make_folder("slots/a")
        for path, data in {**built.files, MANIFEST: built.manifest.encode()}.items():
            for folder in reversed(Path(path).parents[:-1]):
                storage.make_folder(f"slots/a/{folder}")
            storage.replace(f"slots/a/{path}", data)
        storage.replace("slots.json", json.dumps({**state, "failed": 0, "why": ""}).encode())
