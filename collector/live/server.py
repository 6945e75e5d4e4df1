"""The live events over HTTP: `GET /stores/<id>` is a stream of server-sent events, each saying "look again"."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator

import structlog
from aiohttp import web
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from collector.accounts.sessions import COOKIE
from collector.database import make_engine
from collector.live import listener
from collector.live.address import may_listen
from collector.live.admission import Admission, admission
from collector.live.viewers import Viewer, Viewers
from collector.settings import Settings

log = structlog.get_logger()

#: A comment goes out this often, so that both sides notice a connection that died, s.
HEARTBEAT = 15.0
#: At most one event a viewer in this time, s.
SPACING = 0.25

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
    app[_settings], app[_viewers], app[_engine] = settings, Viewers(), make_engine(settings)
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/stores/{id:[0-9]{1,9}}", _store_events)

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
    settings = request.app[_settings]
    headers = {"Cache-Control": "no-store", "Vary": "Origin"}
    if origin := request.headers.get("Origin"):
        if not may_listen(settings, origin, request.host):
            return web.Response(status=403, headers=headers, text="These events are for pages of this installation.")
        headers |= {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}
    store_id, session = int(request.match_info["id"]), request.cookies.get(COOKIE, "")
    try:
        status: int = await asyncio.to_thread(admission, request.app[_engine], store_id, session)
    except OperationalError:
        status = 503
    if status != Admission.ADMITTED:
        return web.Response(status=status, headers=headers)

    response = web.StreamResponse(headers={**headers, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    with request.app[_viewers].watching(store_id, session) as viewer:
        await response.prepare(request)
        with contextlib.suppress(ConnectionResetError):
            await _send_events(response, viewer)
    return response


async def _send_events(response: web.StreamResponse, viewer: Viewer) -> None:
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
            await asyncio.sleep(SPACING)
