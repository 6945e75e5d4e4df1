"""The shop floor's page: see the kiosks, press their buttons, pull their plugs."""

import asyncio
import contextlib
import dataclasses
import hashlib
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from sqlalchemy.pool import NullPool

from collector import console
from collector.database import make_engine
from collector.insights.faces import face
from collector.settings import Settings
from collector.up.shop import KIOSKS, PRINTER
from simulators.floor import printer as printers
from simulators.floor.kiosks import flash_of, install_kiosks
from simulators.floor.phone import CustomersPhone
from simulators.paper import Strip
from simulators.virtual_kiosk import VirtualKiosk
from simulators.virtual_printer import VirtualPrinter

#: Whoever is at this machine may press, and nobody else, whomever the console serves.
HOST = "127.0.0.1"
#: Buttons on the front of each virtual kiosk.
BUTTONS = 4


class Floor:
    """The kiosks, the printer, the customers' telephone, and everybody who looks at them."""

    def __init__(self, settings: Settings) -> None:
        self.kiosks = {name: VirtualKiosk(name, flash_of(settings, name), self._tell) for name in KIOSKS}
        self.printer = VirtualPrinter(self._tell)
        self.phone = CustomersPhone(self._tell)
        self._watchers: set[asyncio.Event] = set()

    def state(self) -> dict[str, Any]:
        """What the page shows: the front of each kiosk, the printer and its strips, and the telephone, newest first."""
        return {
            "kiosks": {name: dataclasses.asdict(kiosk.front) for name, kiosk in self.kiosks.items()},
            "printer": {
                **printers.state(self.printer),
                "strips": {name: strip.text for name, strip in self.strips().items()},
            },
            "phone": self.phone.state(),
        }

    def strips(self) -> dict[str, Strip]:
        """The printer's strips by a name that is the picture's own, the newest first."""
        return {hashlib.sha256(strip.png).hexdigest()[:16]: strip for strip in reversed(self.printer.strips)}

    async def changes(self) -> AsyncIterator[None]:
        """One item now, and one whenever something has changed since."""
        changed = asyncio.Event()
        self._watchers.add(changed)
        try:
            while True:
                yield
                await changed.wait()
                changed.clear()
        finally:
            self._watchers.discard(changed)

    def _tell(self) -> None:
        for changed in self._watchers:
            changed.set()


FLOOR = web.AppKey("floor", Floor)
SETTINGS = web.AppKey("settings", Settings)
routes = web.RouteTableDef()
templates = Environment(
    # The faces are the console's: a button looks like what the store page shows of it.
    loader=ChoiceLoader([PackageLoader("simulators.floor"), PackageLoader("collector.console")]),
    autoescape=True,
    undefined=StrictUndefined,
)


def serve(settings: Settings) -> None:
    """Run the shop floor until SIGINT or SIGTERM; kiosks that are not enrolled yet are enrolled first."""
    engine = make_engine(settings, poolclass=NullPool)
    with engine.begin() as connection:
        install_kiosks(connection, settings)
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    floor = Floor(settings)
    runner = web.AppRunner(make_app(settings, floor), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, HOST, settings.floor_port).start()
    sign = settings.data / "run" / "floor"  # the console shows its link while this is there
    sign.parent.mkdir(parents=True, exist_ok=True)
    sign.touch()
    await floor.printer.start(settings.printer_port)
    await floor.phone.start(settings)
    try:
        await asyncio.gather(*(kiosk.plug_in() for kiosk in floor.kiosks.values()))
        await stop.wait()
    finally:
        sign.unlink(missing_ok=True)
        await asyncio.gather(*(kiosk.pull_plug() for kiosk in floor.kiosks.values()), floor.printer.stop())
        await floor.phone.stop()
        await runner.cleanup()


def make_app(settings: Settings, floor: Floor) -> web.Application:
    app = web.Application(middlewares=[_only_from_here])
    app[FLOOR], app[SETTINGS] = floor, settings
    app.add_routes(routes)
    app.router.add_static("/static", Path(__file__).with_name("static"))
    app.router.add_static("/console", Path(console.__file__).with_name("static"))
    return app


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def _only_from_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Another site open in the same browser must not press: neither by a form nor under a name of its own."""
    host = urlsplit(f"//{request.host}").hostname
    origin = request.headers.get("Origin")
    if host not in {"localhost", HOST}:
        raise web.HTTPForbidden(text="The shop floor answers at localhost only.")
    if request.method == "POST" and origin not in {None, f"http://{request.host}"}:
        raise web.HTTPForbidden(text="Press the buttons on the shop floor's own page.")
    response = await handler(request)
    response.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'"
    return response


@routes.get("/")
async def page(request: web.Request) -> web.Response:
    floor = request.app[FLOOR]
    faces = {button: face(button, BUTTONS) for button in range(1, BUTTONS + 1)}
    text = templates.get_template("floor.html").render(
        kiosks=floor.kiosks,
        touchpoints=KIOSKS,
        faces=faces,
        word=lambda shown: shown.replace("-", " "),
        console=request.app[SETTINGS].url,
        printer=PRINTER,
        groups=printers.GROUPS,
    )
    return web.Response(text=text, content_type="text/html")


@routes.get("/events")
async def events(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    await response.prepare(request)
    floor = request.app[FLOOR]
    with contextlib.suppress(ConnectionError):
        async for _ in floor.changes():
            await response.write(f"data: {json.dumps(floor.state())}\n\n".encode())
    return response


@routes.post("/kiosks/{kiosk}/press")
async def press(request: web.Request) -> web.Response:
    kiosk = _kiosk(request)
    button = str((await request.post()).get("button", ""))
    if not (button.isascii() and button.isdecimal()) or not 1 <= int(button) <= BUTTONS:
        return _answer(request, 422, f"{kiosk.name} has the buttons 1 to {BUTTONS}, from the left.")
    if not kiosk.front.armed:
        return _answer(request, 409, f"{kiosk.name} has no power, or is just starting. Try again in a moment.")
    if not await kiosk.press(int(button)):
        return _answer(request, 504, f"{kiosk.name} showed no light within 5 s. Press again.")
    return _answer(request, 200, f"{kiosk.name} lit up: button {button} is recorded.")


@routes.post("/kiosks/{kiosk}/power")
async def power(request: web.Request) -> web.Response:
    kiosk = _kiosk(request)
    if kiosk.front.power:
        await kiosk.pull_plug()
        return _answer(request, 200, f"{kiosk.name} has no power now; what it lit is on its flash.")
    await kiosk.plug_in()
    return _answer(request, 200, f"{kiosk.name} starts.")


@routes.get("/printer/strips/{strip}.png")
async def strip(request: web.Request) -> web.Response:
    found = request.app[FLOOR].strips().get(request.match_info["strip"])
    if found is None:
        raise web.HTTPNotFound(text="This strip of paper has been thrown away.")
    return web.Response(body=found.png, content_type="image/png")


@routes.post("/printer/power-cycle")
async def power_cycle(request: web.Request) -> web.Response:
    request.app[FLOOR].printer.power_cycle()
    return _answer(request, 200, "The printer was off and is on again; what was not on paper is forgotten.")


@routes.post("/printer/tear")
async def tear(request: web.Request) -> web.Response:
    request.app[FLOOR].printer.tear()
    return _answer(request, 200, "What was printed is torn off.")


@routes.post("/printer/{trouble}")
async def trouble(request: web.Request) -> web.Response:
    """Make something go wrong with the printer, or well again."""
    wanted = printers.TROUBLES.get(request.match_info["trouble"])
    if wanted is None:
        raise web.HTTPNotFound
    return _answer(request, 200, printers.toggle(request.app[FLOOR].printer, wanted))


def _kiosk(request: web.Request) -> VirtualKiosk:
    kiosks = request.app[FLOOR].kiosks
    name = request.match_info["kiosk"]
    if name not in kiosks:
        detail = f"There is no kiosk {name!r} on the shop floor. There are: {', '.join(kiosks)}."
        raise web.HTTPNotFound(text=json.dumps({"detail": detail}), content_type="application/json")
    return kiosks[name]


def _answer(request: web.Request, status: int, detail: str) -> web.Response:
    """JSON for a program; a form without JavaScript goes back to the page, which shows what happened."""
    if "text/html" in request.headers.get("Accept", ""):
        raise web.HTTPSeeOther("/")
    return web.json_response({"detail": detail}, status=status)
