"""The live events over HTTP: `GET /stores/<id>` is a stream of server-sent events, each saying "look again"; so is
`GET /places/<id>`, of all stores at a place and below.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator

import structlog
from aiohttp import web
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from collector.accounts.cookie_names import session_secret
from collector.database import make_engine
from collector.live import listener
from collector.live.address import may_listen
from collector.live.admission import Status, Wanted, admission
from collector.live.viewers import Viewer, Viewers
from collector.settings import Settings

log = structlog.get_logger()

#: A comment goes out this often, so that both sides notice a connection that died, s.
HEARTBEAT = 15.0
#: At most one event a viewer in this time, s. In a whole region something happens all the time, and its page is made of
#: much more than a store's.
SPACING, PLACE_SPACING = 0.25, 5.0

_settings = web.AppKey("settings", Settings)
_viewers = web.AppKey("viewers", Viewers)
_engine = web.AppKey("engine", Engine)


def make_app(settings: Settings, admissions_every: float = listener.ADMISSIONS_EVERY) -> web.Application:
    """The application.

    Parameters
    ----------
    admissions_every: how often it is asked again whether open pages may hear of their store, s.
    """
    app = web.Application()
    # Without a pool: a thread that still asks when this ends would bring its connection back to nobody.
    app[_settings], app[_viewers], app[_engine] = settings, Viewers(), make_engine(settings, poolclass=NullPool)
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/stores/{id:[0-9]{1,9}}", _store_events)
    app.router.add_get("/places/{id:[0-9]{1,9}}", _place_events)

    async def listening(app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(listener.listen(settings, app[_engine], app[_viewers], admissions_every))
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        app[_engine].dispose()

    async def say_goodbye(app: web.Application) -> None:
        app[_viewers].end_all()

    app.cleanup_ctx.append(listening)
    app.on_shutdown.append(say_goodbye)
    return app


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises
    ------
    OSError: the port cannot be used.
    """
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    runner = web.AppRunner(make_app(settings), access_log=None, handle_signals=False, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.live_port).start()
        log.info("live events", port=settings.live_port)
        await end.wait()
    finally:
        await runner.cleanup()


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"status": "up"})


async def _store_events(request: web.Request) -> web.StreamResponse:
    return await _events(request, Wanted(int(request.match_info["id"]), is_store=True), SPACING)


async def _place_events(request: web.Request) -> web.StreamResponse:
    return await _events(request, Wanted(int(request.match_info["id"]), is_store=False), PLACE_SPACING)


async def _events(request: web.Request, wanted: Wanted, spacing: float) -> web.StreamResponse:
    settings = request.app[_settings]
    headers = {"Cache-Control": "no-store", "Vary": "Origin"}
    if origin := request.headers.get("Origin"):
        if not may_listen(settings, origin, request.host):
            return web.Response(status=403, headers=headers, text="These events are for pages of this installation.")
        headers |= {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}
    session = session_secret(settings, request.cookies) or ""
    try:
        found = await asyncio.to_thread(admission, request.app[_engine], wanted, session)
    except OperationalError:
        return web.Response(status=503, headers=headers)
    if found.status != Status.ADMITTED:
        return web.Response(status=found.status, headers=headers)

    response = web.StreamResponse(headers={**headers, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    with request.app[_viewers].watching(wanted, session, found.stores) as viewer:
        await response.prepare(request)
        with contextlib.suppress(ConnectionResetError):
            await _send_events(response, viewer, spacing)
    return response


async def _send_events(response: web.StreamResponse, viewer: Viewer, spacing: float) -> None:
    await response.write(b"retry: 2000\n\n")
    while not viewer.gone:
        try:
            await asyncio.wait_for(viewer.told.wait(), HEARTBEAT)
        except TimeoutError:
            await response.write(b": still here\n\n")
            continue
        viewer.told.clear()
        if not viewer.gone:
            await response.write(b"event: changed\ndata: {}\n\n")
            await asyncio.sleep(spacing)
