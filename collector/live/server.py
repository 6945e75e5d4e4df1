"""The live events over HTTP: `GET /stores/<id>` is a stream of server-sent events, each saying "look again"."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import structlog
from aiohttp import web

from collector.accounts.secrets import digest
from collector.accounts.sessions import COOKIE
from collector.live import listener
from collector.live.address import may_listen
from collector.live.viewers import Viewer, Viewers
from collector.settings import Settings

log = structlog.get_logger()

#: A comment goes out this often, so that both sides notice a connection that died, s.
HEARTBEAT = 15.0
#: At most one event a viewer in this time, s.
SPACING = 0.25
#: Connections that look up sessions at the same time; each viewer needs one for a moment when it comes.
LOOKUPS = 4

_settings = web.AppKey("settings", Settings)
_viewers = web.AppKey("viewers", Viewers)
_lookups = web.AppKey("lookups", asyncio.Semaphore)


def make_app(settings: Settings, sessions_every: float = listener.SESSIONS_EVERY) -> web.Application:
    """The application.

    Parameters
    ----------
    sessions_every: how often open pages' sessions are looked up again, s.
    """
    app = web.Application()
    app[_settings], app[_viewers], app[_lookups] = settings, Viewers(), asyncio.Semaphore(LOOKUPS)
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/stores/{id:[0-9]{1,9}}", _store_events)

    async def listening(app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(listener.listen(settings, app[_viewers], sessions_every))
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

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
    store_id, session = int(request.match_info["id"]), digest(request.cookies.get(COOKIE, ""))
    try:
        status = await _admission(request, store_id, session)
    except psycopg.OperationalError:
        status = 503
    if status != 200:
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


async def _admission(request: web.Request, store_id: int, session: bytes) -> int:
    """200, or the status that says why not: 401 without a session, 404 for a store that its account does not see."""
    async with request.app[_lookups], await listener.connect(request.app[_settings]) as connection:
        found: Any = await (await connection.execute(_SEES, [store_id, session])).fetchone()
    if found is None:
        return 401
    return 200 if found[0] else 404


_SEES = """
SELECT EXISTS (SELECT FROM place WHERE place.id = %s AND kind = 'store' AND path @> ARRAY[account.place_id])
FROM session JOIN account ON account.id = account_id
WHERE session.digest = %s AND expires_at > now()
"""
