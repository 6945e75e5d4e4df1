"""A virtual kiosk's world: its power, its pins and lights, and a flash that stays when the power goes.

The firmware runs in a process of its own, in the real MicroPython VM where its wheel exists, else on CPython. The two
speak over a TCP connection on this machine, lines of JSON, which `firmware/boards/virtual.py` describes.
"""

import asyncio
import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from simulators.closing import close
from simulators.device import device_command

log = structlog.get_logger()

#: How long a virtual finger rests on a button, and how long it stays away before the next press, s.
FINGER, LIFTED = 0.08, 0.08
#: How long without power before the kiosk starts again by itself, s.
REBOOT = 1.0
#: Why a board started, as it says itself (docs/protocol.md, event 1).
POWER, WATCHDOG, SOFTWARE = 1, 2, 3


@dataclass
class Front:
    """What a person sees of the kiosk."""

    power: bool = False
    interpreter: str = ""
    armed: bool = False
    online: bool = False
    light: bool = False
    #: How many presses were lit since the world began.
    lit_presses: int = 0
    screen: dict[str, Any] = field(default_factory=dict)


class VirtualKiosk:
    """One kiosk on the shop floor."""

    def __init__(self, name: str, image: Path, on_change: Callable[[], None] = lambda: None) -> None:
        self.name = name
        self.front = Front()
        #: The buttons whose light came on, in order: what the world may rely on.
        self.lit: list[int] = []
        self._image = image
        self._on_change = on_change
        self._plugged = False
        self._process: asyncio.subprocess.Process | None = None
        self._reset_cause = POWER
        self._watchdog: asyncio.TimerHandle | None = None
        self._bites_after = 0.0
        self._life: asyncio.Task[None] | None = None
        self._server: asyncio.Server | None = None
        self._board: asyncio.StreamWriter | None = None
        self._changed = asyncio.Condition()
        self._hung_up = asyncio.Event()
        self._hung_up.set()
        self._finger = asyncio.Lock()

    async def plug_in(self) -> None:
        """Give it power; it runs until `pull_plug`, and starts again when it ends by itself."""
        if self._plugged:
            return
        self._plugged = True
        self._server = await asyncio.start_server(self._listen, "127.0.0.1", 0)
        self._life = asyncio.create_task(self._live(), name=f"kiosk {self.name}")

    async def pull_plug(self) -> None:
        """Take the power away, in the middle of whatever it does."""
        self._plugged = False
        self.cut()
        if self._life:
            await self._life
        if self._server:
            await close(self._server)
            await self._hung_up.wait()  # who called and was unplugged before it was heard

    def cut(self) -> None:
        """A power cut: everything that is not on flash is gone; the power comes back after a moment."""
        if self._process and self._process.returncode is None:
            self._process.kill()

    async def press(self, button: int, patience: float = 5.0) -> bool:
        """Press a button, 1 is the leftmost, and let go; whether the thank-you light came within `patience` seconds."""
        async with self._finger:  # one customer at a time
            before = len(self.lit)
            self._pin(button, 0)
            try:
                async with asyncio.timeout(patience):
                    await asyncio.sleep(FINGER)
                    self._pin(button, 1)
                    await asyncio.sleep(LIFTED)
                    await self.wait_until(lambda: len(self.lit) > before or not self.front.armed)
            except TimeoutError:
                return False
            return len(self.lit) > before

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until the front shows what `condition` asks for."""
        async with self._changed:
            await self._changed.wait_for(condition)

    async def _live(self) -> None:
        assert self._server is not None  # noqa: S101 - plug_in made it
        port = self._server.sockets[0].getsockname()[1]
        while self._plugged:
            self._process = await self._switch_on(f"127.0.0.1:{port}")
            await self._show(power=True)
            self._reset_cause = POWER
            code = await self._process.wait()
            self._feed(0)
            if code > 0:  # it ended by itself
                self._reset_cause = SOFTWARE
            await self._hung_up.wait()  # a light that came on before the end is still seen
            self.front = Front(lit_presses=len(self.lit))
            await self._show()
            if self._plugged:
                log.warning("kiosk starts again", kiosk=self.name, exit_code=code, reset_cause=self._reset_cause)
                await asyncio.sleep(REBOOT)

    async def _switch_on(self, world: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *device_command(),
            env={
                **os.environ,
                "KIOSK_FLASH": str(self._image),
                "KIOSK_WORLD": world,
                "KIOSK_RESET": str(self._reset_cause),
            },
            stdin=asyncio.subprocess.DEVNULL,
        )

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._board = writer
        self._hung_up.clear()
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                await self._hear(json.loads(line))
        writer.close()
        self._hung_up.set()

    async def _hear(self, message: dict[str, Any]) -> None:
        match message:
            case {"hello": {"interpreter": interpreter}}:
                await self._show(interpreter=interpreter)
            case {"armed": armed}:
                await self._show(armed=armed)
            case {"light": "thanks", "button": button}:
                self.lit.append(button)
                await self._show(light=True, lit_presses=len(self.lit))
            case {"light": "off"}:
                await self._show(light=False)
            case {"screen": screen}:
                await self._show(screen=screen)
            case {"link": link}:
                await self._show(online=link == "online")
            case {"watchdog": seconds}:
                self._feed(seconds)
            case {"fed": True}:
                self._feed(self._bites_after)
            case {"log": line}:
                log.info("kiosk says", kiosk=self.name, line=line)

    def _feed(self, seconds: float) -> None:
        """Let the watchdog bite unless it is fed again in this time; 0 ends it."""
        if self._watchdog:
            self._watchdog.cancel()
        self._bites_after = seconds
        self._watchdog = asyncio.get_running_loop().call_later(seconds, self._bite) if seconds else None

    def _bite(self) -> None:
        self._reset_cause = WATCHDOG
        self.cut()

    async def _show(self, **news: Any) -> None:
        for name, value in news.items():
            setattr(self.front, name, value)
        async with self._changed:
            self._changed.notify_all()
        self._on_change()

    def _pin(self, button: int, level: int) -> None:
        if self._board and not self._board.is_closing():
            self._board.write(json.dumps({"pin": [button, level]}).encode() + b"\n")
