"""A virtual receiver of webhooks: a central escalation queue as a customer would build it from the standard.

It shares no code with the sender. It trusts what is signed with a secret it knows and is at most five minutes old,
answers a repeat as it answers the first, and keeps it once.

    receiver = Receiver(["whsec_…"])
    with receiver.running(port):
        …
        receiver.events
"""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from simulators.closing import close
from simulators.in_thread import in_thread

#: How far the sender's clock may be from ours, s: an old message that somebody recorded is worth nothing.
TOLERANCE = 300


class RefusedError(Exception):
    """A message is not what it says it is; the text says why."""


def checked(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: float) -> str:
    """The id of a message that can be trusted.

    Parameters
    ----------
    secrets: `whsec_…`; while one is being replaced, the old and the new one.
    headers: of the request; names in lower case, or a mapping that does not care.
    now: s since 1970.

    Raises
    ------
    RefusedError: a header is missing, the message is too old, or no secret has made any of its signatures.
    """
    try:
        message_id, sent = headers["webhook-id"], headers["webhook-timestamp"]
        offered = headers["webhook-signature"].split(" ")
    except KeyError as problem:
        raise RefusedError("a header is missing") from problem
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 12) or abs(now - int(sent)) > TOLERANCE:
        raise RefusedError("the message is not of now")
    content = f"{message_id}.{sent}.".encode() + body
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        if any(hmac.compare_digest(expected.encode(), each.encode()) for each in offered):
            return message_id
    raise RefusedError("the signature is not ours")


@dataclass
class Receiver:
    """Takes events at `POST /`; behaves badly on demand."""

    secrets: list[str] = field(default_factory=list)
    #: What it answers to a good message: 204 when it is well; 500, 410 … to be told to go wrong.
    status: int = 204
    #: Takes everything and answers nothing, for as long as it is set.
    mute: bool = False
    #: Called with each event that is new.
    on_event: Callable[[dict[str, Any]], None] = lambda _event: None
    #: The events, once each, in the order in which they came.
    events: list[dict[str, Any]] = field(default_factory=list)
    #: (id, what was answered) of each request; None where nothing was.
    requests: list[tuple[str, int | None]] = field(default_factory=list)
    #: Each request's headers and body, as they came.
    messages: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)
    _came: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, condition: Callable[[], bool], seconds: float = 30) -> bool:
        """Wait until the condition holds, looked at after each request; whether it did."""
        with self._came:
            return self._came.wait_for(condition, seconds)

    @contextmanager
    def running(self, port: int) -> Iterator[str]:
        """Receive at this port of this machine, in a thread; gives the URL."""
        with in_thread(lambda done, ready: self.receive(port, done, ready)):
            yield f"http://127.0.0.1:{port}/"

    async def receive(self, port: int, done: asyncio.Event, ready: Callable[[], None]) -> None:
        """Receive until `done` is set; calls `ready` once it listens."""
        app = web.Application()
        app.router.add_post("/", self._take)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        try:
            answers, loop = runner.server, asyncio.get_running_loop()
            assert answers is not None  # noqa: S101 - setup made it
            server = await loop.create_server(answers, "127.0.0.1", port)
            ready()
            await done.wait()
            await close(server)
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.messages.append((request.headers.copy(), body))
        if self.mute:
            self._note(request.headers.get("webhook-id", ""), None)
            await asyncio.Event().wait()  # until the sender gives up
        try:
            message_id = checked(self.secrets, request.headers, body, time.time())
        except RefusedError as problem:
            self._note(request.headers.get("webhook-id", ""), 401)
            return web.json_response({"reason": str(problem)}, status=401)
        if self.status < 300 and message_id not in self._known:
            self._known.add(message_id)
            event = json.loads(body)
            self.events.append(event)
            self.on_event(event)
        self._note(message_id, self.status)
        return web.Response(status=self.status)

    def _note(self, message_id: str, answered: int | None) -> None:
        with self._came:
            self.requests.append((message_id, answered))
            self._came.notify_all()


def serve(port: int, secret: str) -> None:
    """Receive at a port of this machine and print each event, until Ctrl-C.

    Raises
    ------
    OSError: the port cannot be used.
    """

    def show(event: dict[str, Any]) -> None:
        print(event["time"], event["type"], event["subject"], json.dumps(event["data"], ensure_ascii=False), flush=True)

    receiver = Receiver([secret], on_event=show)
    try:
        asyncio.run(
            receiver.receive(port, asyncio.Event(), lambda: print(f"Receiving at http://127.0.0.1:{port}/", flush=True))
        )
    except KeyboardInterrupt:
        return
