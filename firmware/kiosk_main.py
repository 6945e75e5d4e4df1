"""The entry point: builds this board's parts, connects them, runs them.

`starter.py` calls `main` with the board, its storage, and the slot that this code lies in.
"""

import asyncio

from kiosk import const, forget
from kiosk.alive import WINDOW, Alive
from kiosk.app import Kiosk, not_taken, note_fault
from kiosk.clock import ASLEEP_BYTES, TICKS_PERIOD, Clock, ticks_ms
from kiosk.commands import Commands
from kiosk.console import ATTENDED, Console
from kiosk.conversation import Conversation
from kiosk.identity import Identity
from kiosk.journal import Journal
from kiosk.line import Line
from kiosk.log import Log, described
from kiosk.presses import Buttons
from kiosk.settings import Settings
from kiosk.slots import Slots
from kiosk.updates import Updates
from kiosk.uplink import Uplink

_POWER = const(1)  # the reset cause


def main(board, storage, slot=None):
    """Be a kiosk, until the power goes.

    slot: where this code lies, see `kiosk.slots`.
    """
    asyncio.run(_supervised(board, storage, slot))


async def _supervised(board, storage, slot):
    began = ticks_ms()
    try:
        await run(board, storage, slot)
    except Exception as fault:
        # From in here: on its way out asyncio waits for every other task.
        note_fault(storage, described(fault))
        # Whatever it is that fails at each start, a technician with a cable gets in.
        lived = (ticks_ms() - began) % TICKS_PERIOD  # pyright: ignore[reportOperatorIssue] - small numbers everywhere
        await asyncio.sleep(max(0, WINDOW - lived) / 1000)
        board.restart(fault)


async def run(board, storage, slot):
    """Build the parts and connect them; returns never, and raises what no part could handle."""
    board.storage = storage
    if storage.read("erase") is not None:
        from kiosk.reset import erase

        erase(storage)
        board.restart(None)
    try:
        identity = Identity(storage)
    except (OSError, ValueError) as fault:
        # A board that started again and again would help nobody.
        from kiosk.waiting import wait

        await wait(board, storage, str(fault))
    else:
        await _live(board, storage, slot, identity)


async def _live(board, storage, slot, identity):
    await board.power_on(identity["kiosk"])

    # The buttons first: what is pressed from here on waits for the journal, and nobody has to press twice.
    began = ticks_ms()
    buttons = Buttons(board)
    buttons.arm()

    kept = board.kept()
    clock = Clock(storage, kept[:ASLEEP_BYTES], since=began)
    alive, log = Alive(clock), Log(board, clock)
    board.tell = log
    settings = Settings(storage, () if board.touch else ("reasons",))
    journal = Journal(storage, serial=board.serial())
    if not kept:
        clock.follow(journal)
    board.set_clock(clock.utc() or clock.newest)
    clock.when_set = board.set_clock
    if journal.doubtful:
        for _ in journal.reopen(clock.boot, clock.uptime(), settings.version, 0):
            await asyncio.sleep(0)

    kiosk = Kiosk(board, buttons, storage, journal, clock, settings, alive, log)
    slots = Slots(storage, slot)
    updates = Updates(storage, journal, clock, board, alive, log, slots, identity.key)
    commands = Commands(storage, clock, _deeds(kiosk, log))
    # A Raspberry Pi may have a printer beside it.
    printing = board.printing(storage, clock, log) if hasattr(board, "printing") else None
    others = [commands, updates] + ([printing] if printing else [])

    def health():
        said = dict(kiosk.health(), **updates.health())
        if identity.trusts:
            said["ca"] = identity.trusts
        return dict(said, **printing.health()) if printing else said

    conversation = Conversation(journal, clock, settings, identity, health, others)
    commands.deeds.update(
        secret=lambda message: _new_secret(identity, conversation, message),
        ca=lambda message: _new_ca(identity, conversation, message),
        former=updates.go_back,
    )
    conversation.when_coded = kiosk.code
    rest = None
    if board.battery_powered:
        from kiosk.rest import Rest

        rest = Rest(kiosk, board, journal, clock, settings, conversation, updates, kept)
    uplink = Uplink(conversation, Line(board, identity, clock), board, alive, log, rest)
    updates.when_due = uplink.notify
    kiosk.when_recorded = rest.recorded if rest else uplink.notify
    wanted = asyncio.Event()  # set when somebody wants a factory reset
    console = Console(
        board=board,
        storage=storage,
        identity=identity,
        journal=journal,
        clock=clock,
        settings=settings,
        kiosk=kiosk,
        talk=conversation,
        uplink=uplink,
        updates=updates,
        deeds=commands.deeds,
        log=log,
        erase=wanted.set,
    )
    work = [
        buttons.watch(clock, alive),
        kiosk.record_presses(),
        kiosk.keep_front(),
        # A trial is guarded from its first line on; nobody has plugged a cable into what just woke.
        kiosk.keep_alive(0 if slots.on_trial or kept else WINDOW),
        updates.run(),
        uplink.run(),
        board.run(),
        _attend(console, kiosk),
    ]
    if rest:
        work.append(rest.run(alive))
    if printing:
        printing.when_due = uplink.notify
        work.append(printing.run())
    if not kept and board.reset_cause() == _POWER:
        work.insert(0, _first_minute(kiosk, buttons, journal, settings, clock, conversation, wanted))
    kiosk.start()
    await asyncio.gather(_reset(board, storage, kiosk, log, wanted, uplink, conversation, rest, printing), *work)


async def _first_minute(kiosk, buttons, journal, settings, clock, conversation, wanted):
    from kiosk.gesture import OuterButtons

    outer = OuterButtons(kiosk, buttons, journal, settings, clock, conversation.hold_back)
    kiosk.takes = outer.takes
    await outer.wait(wanted)
    kiosk.takes = not_taken
    forget("gesture")


async def _reset(board, storage, kiosk, log, wanted, uplink, conversation, rest, printing):
    await wanted.wait()
    kiosk.identify(None)  # it has been understood
    if rest:
        rest.urgent = True
    from kiosk.reset import begun

    await begun(storage, lambda: uplink.online and conversation.idle and not (printing and printing.owes), log)
    board.restart(None)  # at once: what is pressed from here on would be lost


async def _attend(console, kiosk):
    console.when_asked = lambda: kiosk.attend(ATTENDED)
    kiosk.when_tested = lambda button, epoch, seq: console.tell("press", button=button, epoch=epoch, seq=seq)
    await console.run()


def _deeds(kiosk, log):
    return {
        "identify": kiosk.identify,
        "self-test": kiosk.self_test,
        "reboot": kiosk.restart,
        "log": lambda _: log.text(3500),
    }


def _new_secret(identity, conversation, message):
    identity.take(message.get("n"), message.get("secret"))
    conversation.parting = True  # to come back with it
    return "Kept; the kiosk connects anew with it."


def _new_ca(identity, conversation, message):
    from kiosk.tls import checked

    try:
        identity.take_ca(checked(message.get("ca")))
    finally:
        forget("tls")
    conversation.parting = True
    return "Kept; the kiosk connects anew with it."
