"""The description of a gateway for text messages: a small file of the settings (TOML), and a request made of it.

    url = "https://sms.example/v1/messages"
    headers = { Authorization = "Bearer {secret}", Content-Type = "application/json" }
    body = '{"to": "{to}", "text": "{text}", "reference": "{key}"}'
    secret_file = "sms.secret"

{to}, {text}, {key} and {secret} may stand in url, headers and body; what is put in is written as the place wants it.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, quote_plus, urlsplit
from xml.sax.saxutils import escape

import msgspec

from collector.failure import Failure
from collector.notify.webhooks import is_this_machine

_PLACE = re.compile(r"\{(to|text|key|secret)\}")
_Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]+$")]
_Line = Annotated[str, msgspec.Meta(pattern=r"^[^\r\n]*$", max_length=1000)]


class TemplateFailure(Failure):
    """The description of the gateway cannot be used; the message says why and what to write."""


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    url: _Line
    method: Annotated[str, msgspec.Meta(pattern="^(GET|POST|PUT)$")] = "POST"
    headers: dict[_Name, _Line] = {}
    body: str = ""
    #: What the gateway answers when it has taken a message.
    ok: tuple[int, ...] = (200, 201, 202)
    #: A regular expression that its answer then holds, for gateways that say 200 whatever happened.
    answer: str = ""
    secret_file: str = ""


@dataclass(frozen=True)
class Request:
    """What is sent to the gateway for one message."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None


@dataclass(frozen=True)
class Template:
    """A gateway as it is described."""

    file: _File
    secret: str
    answer: re.Pattern[str] | None

    @property
    def host(self) -> str:
        return urlsplit(self.file.url).hostname or ""

    def request(self, to: str, text: str, key: str) -> Request:
        """The request that sends a text message.

        Parameters
        ----------
        key: what makes the message one: letters and digits.
        """
        values = {"to": to, "text": text, "key": key, "secret": self.secret}
        body = _filled(self.file.body, values, _writer(self.file)).encode() if self.file.body else None
        return Request(
            self.file.method,
            _filled(self.file.url, values, lambda value: quote(value, safe="")),
            {name: _filled(value, values, str) for name, value in self.file.headers.items()},
            body,
        )

    def is_taken(self, status: int, answer: str) -> bool:
        return status in self.file.ok and (self.answer is None or self.answer.search(answer) is not None)


def read_template(path: Path) -> Template:
    """The gateway that a file describes.

    Raises
    ------
    TemplateFailure: it does not describe one.
    """
    try:
        file = msgspec.convert(tomllib.loads(path.read_text()), _File)
        # Beside the description, unless it is written as a whole path.
        secret = (path.parent / file.secret_file).read_text().strip() if file.secret_file else ""
        answer = re.compile(file.answer, re.DOTALL) if file.answer else None
        parts = urlsplit(file.url)
        usable = parts.port is None or parts.port > 0
    except OSError as problem:
        raise TemplateFailure(f"sms_gateway: {problem.filename} cannot be read: {problem.strerror}.") from problem
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, re.error, ValueError) as problem:
        raise TemplateFailure(f"sms_gateway: {path} does not describe a gateway: {problem}.") from problem
    host = parts.hostname or ""
    if not usable or parts.scheme not in {"http", "https"} or not host or "{" in parts.netloc:
        raise TemplateFailure(f"sms_gateway: url in {path} should be like https://sms.example/messages.")
    if parts.scheme == "http" and not is_this_machine(host):
        raise TemplateFailure(f"sms_gateway: use https in {path}; only a gateway on this machine may do without.")
    if file.body:
        _writer(file, path)
    if set(secret) & set("\r\n"):
        raise TemplateFailure("sms_gateway: its secret file should hold one line.")
    return Template(file, secret, answer)


def _filled(text: str, values: Mapping[str, str], written: Callable[[str], str]) -> str:
    # In one pass: what is put in is not looked at again.
    return _PLACE.sub(lambda place: written(values[place[1]]), text)


def _writer(file: _File, path: Path | None = None) -> Callable[[str], str]:
    """How a value is written into a body of this kind, so that it stays a value."""
    kind = next((value for name, value in file.headers.items() if name.lower() == "content-type"), "")
    match kind.partition(";")[0].strip().lower():
        case "application/json":
            return lambda value: json.dumps(value)[1:-1]
        case "application/x-www-form-urlencoded":
            return quote_plus
        case "text/xml" | "application/xml" | "application/soap+xml":
            return lambda value: escape(value, {'"': "&quot;", "'": "&apos;"})
        case _:
            raise TemplateFailure(
                f"sms_gateway: say in the headers of {path} what its body is: Content-Type = "
                '"application/json", "application/x-www-form-urlencoded" or "text/xml".'
            )
