"""The entry point: builds this board's parts, connects them, runs them.

On a board, `main.py` (which MicroPython starts) is

    from boards.pico_w import Board
    from kiosk.storage import Storage
    from kiosk_main import main

    main(Board(), Storage())
"""

import asyncio
import json
from binascii import a2b_base64

from kiosk.app import Kiosk
from kiosk.clock import Clock
from kiosk.journal import Journal
from kiosk.mqtt import MQTTClient
from kiosk.settings import Settings
from kiosk.uplink import Conversation, Uplink

IDENTITY = "device.json"


def main(board, storage):
    """Be a kiosk, until the power goes."""
    asyncio.run(_supervised(board, storage))


async def _supervised(board, storage):
    try:
        await run(board, storage)
    except Exception as fault:
        # From in here: on its way out asyncio waits for every other task.
        board.restart(fault)


async def run(board, storage):
    """Build the parts and connect them; returns never, and raises what no part could handle."""
    identity = json.loads(storage.read(IDENTITY))
    kiosk_id = identity["kiosk"]
    await board.power_on(kiosk_id)

    journal = Journal(storage)
    last = journal.read(journal.last, 1) if journal.last else []
    clock = Clock(storage, seen=last[0][3] if last else 0)
    board.set_clock(clock.newest)
    clock.when_set = board.set_clock
    settings = Settings(storage)
    kiosk = Kiosk(board, journal, clock, settings)

    def connect(will, when_heard, when_lost):
        return MQTTClient(
            kiosk_id,
            identity["host"],
            identity["port"],
            "%s-%d" % (kiosk_id, identity["n"]),
            identity["secret"],
            ssl=tls_context(storage, identity["ca"]) if identity.get("tls") else None,
            will=will,
            when_heard=when_heard,
            when_lost=when_lost,
        )

    conversation = Conversation(journal, clock, settings, kiosk.health)
    conversation.when_coded = kiosk.code
    uplink = Uplink(conversation, connect, "smilepost/v1/%s/" % kiosk_id, board)
    kiosk.when_recorded = uplink.notify
    kiosk.start()
    await asyncio.gather(
        kiosk.watch_buttons(),
        kiosk.record_presses(),
        kiosk.keep_front(),
        uplink.run(),
        board.run(),
    )


def tls_context(storage, ca):
    """Return an SSLContext that trusts the organisation's CA and nobody else.

    ca: certificates in PEM, or the name of the file that has them.
    """
    import ssl

    if "-----BEGIN" not in ca:
        ca = storage.read(ca).decode()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    for part in ca.split("-----BEGIN CERTIFICATE-----")[1:]:
        # As DER, which every board can read.
        context.load_verify_locations(cadata=a2b_base64(part.split("-----END")[0]))
    return context
