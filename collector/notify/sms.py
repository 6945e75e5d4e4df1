"""Sends text messages by an HTTP gateway, each at most once.

1. The worker claims a message; one at a time for each telephone.
2. Its words are made, and the policy is asked once more: somebody may have said stop since, or it is night by now.
3. The gateway is reached. Until here nothing has left: it is tried again by `SCHEDULE`.
4. The request is sent. What the gateway then says counts; if it says nothing, nobody knows, and a person looks.
"""

import http.client
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import Engine

from collector import __version__
from collector.finding import Finding
from collector.notify.message import key_of, prepared
from collector.notify.sender import HOUR, MINUTE, NotNow, Sender, Sent
from collector.notify.sms_template import Request, Template, TemplateFailure, read_template
from collector.queue.executor import Done, Failed, Job, Later, Unknown
from collector.settings import Settings

SCHEDULE = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR)
#: How long it may take to reach the gateway, and how long to hear its answer, s.
CONNECT, ANSWER = 10.0, 30.0
#: How often to look whether there is a gateway by now, s.
NOT_SET_UP = 60.0
#: Of an answer, so much is read, bytes.
READ = 16 * 1024
#: Answers that say that the gateway took nothing, and may another time: it is busy, or we are not let in yet.
NOT_TAKEN_NOW = frozenset({401, 402, 403, 404, 405, 408, 425, 429, 503})


@dataclass(frozen=True)
class Prepared:
    template: Template
    request: Request


class SmsSender(Sender[Prepared]):
    """Text messages."""

    kind = "sms"
    repeatable = False

    def __init__(self, engine: Engine, settings: Settings, schedule: Sequence[float] = SCHEDULE) -> None:
        super().__init__(schedule)
        self._engine, self._settings = engine, settings

    def prepare(self, job: Job) -> Prepared | Failed | Later:
        if self._settings.sms_gateway is None:
            return Later("No gateway for text messages is set up (sms_gateway).", NOT_SET_UP)
        try:
            template = read_template(self._settings.sms_gateway)
        except TemplateFailure as problem:
            return Later(f"{problem}", NOT_SET_UP)
        message = prepared(self._engine, self._settings, job)
        if isinstance(message, Failed | Later):
            return message
        request = template.request(message.to.value, message.letter.short, key_of(self._settings, message.key))
        return Prepared(template, request)

    def send(self, prepared: Prepared, begin: Callable[[], None]) -> Sent:
        connection = _connection(prepared.request.url)
        try:
            try:
                connection.connect()
            except ssl.SSLError:
                return NotNow("The gateway's certificate is not to be trusted.")
            except OSError:
                return NotNow("The gateway cannot be reached.")
            begin()
            return _asked(connection, prepared)
        finally:
            connection.close()

    def examine(self) -> Iterator[Finding]:
        if self._settings.sms_gateway is None:
            yield Finding("text messages: no gateway is set up (sms_gateway), so none are sent")
            return
        try:
            template = read_template(self._settings.sms_gateway)
        except TemplateFailure as problem:
            yield Finding(f"text messages: {problem}", "docs/messages.md has an example.")
            return
        connection = _connection(template.file.url)
        try:
            connection.connect()
        except OSError as problem:
            yield Finding(f"text messages: {template.host} cannot be reached: {problem}", "Is the address right?")
        else:
            yield Finding(f"text messages go by {template.host}")
        finally:
            connection.close()


def _connection(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, parts.port, timeout=CONNECT, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, parts.port, timeout=CONNECT)


def _asked(connection: http.client.HTTPConnection, prepared: Prepared) -> Sent:
    request = prepared.request
    parts = urlsplit(request.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"User-Agent": f"smilepost/{__version__}", "Connection": "close", **request.headers}
    try:
        if connection.sock:
            connection.sock.settimeout(ANSWER)
        connection.request(request.method, path, request.body, headers)
        answer = connection.getresponse()
        said = answer.read(READ).decode(errors="replace")
    except TimeoutError:
        return Unknown("The gateway did not answer in time. The message may be on its way.")
    except (OSError, http.client.HTTPException):
        return Unknown("The gateway hung up without an answer. The message may be on its way.")
    return _judged(prepared, answer.status, said)


def _judged(prepared: Prepared, status: int, said: str) -> Sent:
    # What it says besides stays out of it: it may repeat the telephone number.
    if prepared.template.is_taken(status, said):
        return Done()
    if status in prepared.template.file.ok:
        return Failed(f"The gateway answered {status}, but not that it took the message.")
    if status in NOT_TAKEN_NOW:
        return NotNow(f"The gateway answered {status}: it did not take the message.")
    if 400 <= status < 500:
        return Failed(f"The gateway answered {status}: it does not take this message.")
    return Unknown(f"The gateway answered {status}. The message may be on its way.")
