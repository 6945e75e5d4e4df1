"""An application at a port of this machine, as browsers and programs find it."""

import asyncio
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from flask import Flask
from werkzeug.serving import make_server

from collector.live.server import make_app as make_live
from collector.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

#: How often a server looks whether it shall end, s: a test's end waits for it.
LOOK = 0.02


@contextmanager
def served(app: Flask, port: int = 0) -> Iterator[str]:
    """An application on a port of this machine, 0: any; yields its address.

    Afterwards nothing in it is at work any more: a
    browser that asks for one thing more would leave a connection to a database that is gone."""
    door = _Door(app)
    server = make_server("127.0.0.1", port, door, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=[LOOK])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        door.close()


@contextmanager
def telling(settings: Settings) -> Iterator[None]:
    """The live events at their port."""
    begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        runner = web.AppRunner(make_live(settings), access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", settings.live_port).start()
        end = asyncio.Event()
        begun.set_result((asyncio.get_running_loop(), end))
        await end.wait()
        await runner.cleanup()

    thread = threading.Thread(target=asyncio.run, args=[serve()])
    thread.start()
    loop, end = begun.result(timeout=20)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()


class _Door:
    """Lets requests in until it is closed, and knows when the last one has left."""

    def __init__(self, app: Flask) -> None:
        self._app, self._is_open, self._inside = app, True, 0
        self._left = threading.Condition()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        with self._left:
            if not self._is_open:
                start_response("503 Service Unavailable", [])
                return []
            self._inside += 1
        try:
            answer = self._app(environ, start_response)
            try:
                return [b"".join(answer)]
            finally:
                if hasattr(answer, "close"):
                    answer.close()
        finally:
            with self._left:
                self._inside -= 1
                self._left.notify_all()

    def close(self) -> None:
        with self._left:
            self._is_open = False
            self._left.wait_for(lambda: self._inside == 0)
