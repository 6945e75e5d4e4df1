"""A gateway for text messages, and the telephones behind it: takes them by HTTP, keeps what arrived, and can be unwell.

    POST /messages  {"to": "+380501234567", "text": "…", "reference": "…"}   201 {"id": 1}

`write_template` writes the file by which a collector sends here.
"""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

from aiohttp import web

from simulators.closing import close

TOKEN = "virtual-gateway"  # noqa: S105 - of nobody's gateway
#: What goes wrong with each message while it is set: it answers so late, never, with a refusal for now or for good, or
#: takes the message and hangs up without an answer.
Fault: TypeAlias = Literal["", "slow", "mute", "busy", "refuses", "broken", "hangs-up"]
_STATUS = {"busy": 429, "refuses": 422, "broken": 500}

TEMPLATE = """\
# A gateway that is none: text messages go to virtual telephones.
url = "http://127.0.0.1:{port}/messages"
headers = {{ Authorization = "Bearer {{secret}}", Content-Type = "application/json" }}
body = '{{"to": "{{to}}", "text": "{{text}}", "reference": "{{key}}"}}'
secret_file = "{secret_file}"
"""


@dataclass(frozen=True)
class Sms:
    """A text message that arrived at a telephone."""

    to: str
    text: str
    #: As the sender calls it: the same for the same message.
    reference: str
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class SmsGateway:
    """One gateway.

    Parameters
    ----------
    on_message: called with each text message that arrives.
    """

    def __init__(self, on_message: Callable[[Sms], None] = lambda _: None) -> None:
        self.messages: list[Sms] = []
        #: Of each request, its reference and what it was answered; None: nothing.
        self.requests: list[tuple[str, int | None]] = []
        self.fault: Fault = ""
        #: Only messages to these numbers; none: to all.
        self.faulty: set[str] = set()
        #: How late a slow gateway is, s.
        self.delay = 1.0
        self.on_message = on_message
        self._came = threading.Condition()

    async def start(self, port: int = 0) -> int:
        """Answer at a port of this machine, 0 for any; returns it."""
        app = web.Application(client_max_size=64 * 1024)
        app.router.add_post("/messages", self._take)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        answers, loop = self._runner.server, asyncio.get_running_loop()
        assert answers is not None  # noqa: S101 - setup made it
        self._server = await loop.create_server(answers, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        await close(self._server)
        await self._runner.cleanup()

    def wait_for(self, condition: Callable[["SmsGateway"], bool], patience: float = 20.0) -> None:
        """Wait, in another thread than the gateway's, until something is so.

        Raises
        ------
        TimeoutError: it is not so in time.
        """
        with self._came:
            if not self._came.wait_for(lambda: condition(self), patience):
                raise TimeoutError(f"after {len(self.requests)} requests")

    def sent_to(self, number: str) -> list[Sms]:
        """What arrived at a telephone, oldest first."""
        return [each for each in self.messages if each.to == number]

    async def _take(self, request: web.Request) -> web.Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return web.json_response({"reason": "who are you?"}, status=401)
        try:
            asked: dict[str, Any] = await request.json()
            sms = Sms(str(asked["to"]), str(asked["text"]), str(asked.get("reference") or ""))
        except (json.JSONDecodeError, KeyError, TypeError):
            return web.json_response({"reason": "to and text"}, status=400)
        fault = self.fault if not self.faulty or sms.to in self.faulty else ""
        match fault:
            case "slow":
                await asyncio.sleep(self.delay)
            case "mute":
                self._note(sms, None)
                await asyncio.Event().wait()  # until the sender gives up
            case "busy" | "refuses" | "broken":
                self._note(sms, _STATUS[fault])
                return web.json_response({"reason": fault}, status=_STATUS[fault])
            case "hangs-up":
                self._arrived(sms, None)
                if request.transport:
                    request.transport.abort()
                return web.Response(status=500)
        self._arrived(sms, 201)
        return web.json_response({"id": len(self.messages)}, status=201)

    def _arrived(self, sms: Sms, answered: int | None) -> None:
        self.messages.append(sms)
        self.on_message(sms)
        self._note(sms, answered)

    def _note(self, sms: Sms, answered: int | None) -> None:
        with self._came:
            self.requests.append((sms.reference, answered))
            self._came.notify_all()


def write_template(folder: Path, port: int) -> Path:
    """Write the description of the gateway at a port of this machine, the file for `sms_gateway`; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    secret = folder / "sms-gateway.secret"
    secret.write_text(TOKEN + "\n")
    secret.chmod(0o600)
    path = folder / "sms-gateway.toml"
    path.write_text(TEMPLATE.format(port=port, secret_file=secret.name))
    return path
