"""A mail server, and the mailboxes behind it: speaks SMTP by a socket, keeps what arrived, and can be unwell.

What goes wrong while it is set, for all mail or for single mailboxes:
  slow                                            each answer comes late
  mute, mute-at-end                               from RCPT on it says nothing any more; only after the message
  away, closed                                    421 in its greeting; hangs up instead of one
  later-RCPT, no-RCPT, later-DATA, no-DATA        450 or 550 to that command
  later-end, no-end                               the same to the whole message
  hangs-up-at-DATA                                it is gone before it says that it listens
  hangs-up-inside, hangs-up-at-end                gone in the middle of the message; after it, and it was delivered
"""

import asyncio
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from simulators.closing import close

USER, PASSWORD = "collector", "virtual-mailbox"
LATER, NEVER = "450 4.2.1 not now", "550 5.1.1 no such mailbox"


@dataclass(frozen=True)
class Mail:
    """A mail that arrived in a mailbox."""

    to: str
    message: EmailMessage
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def text(self) -> str:
        """Its plain part."""
        part = self.message.get_body(("plain",))
        return part.get_content() if part else ""

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"])


class SmtpReceiver:
    """One mail server.

    Parameters
    ----------
    on_mail: called with each mail that arrives.
    tls: it offers STARTTLS with this, and takes mail only then.
    signs_in: it takes mail only from USER with PASSWORD.
    """

    def __init__(
        self,
        on_mail: Callable[[Mail], None] = lambda _: None,
        *,
        tls: ssl.SSLContext | None = None,
        signs_in: bool = False,
    ) -> None:
        self.mails: list[Mail] = []
        self.fault = ""
        #: Only mail to these mailboxes; none: to all.
        self.faulty: set[str] = set()
        #: How late a slow server is, s.
        self.delay = 1.0
        #: How many messages it was told, whatever became of them.
        self.offered = 0
        self.on_mail = on_mail
        self._tls, self._signs_in = tls, signs_in
        self._came = threading.Condition()
        self._connections: set[asyncio.Transport] = set()

    async def start(self, port: int = 0) -> int:
        """Answer at a port of this machine, 0 for any; returns it."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        await close(self._server)
        for transport in tuple(self._connections):
            transport.abort()
        for _ in range(3):  # until each has heard that its connection is gone
            await asyncio.sleep(0)
        await self._server.wait_closed()

    def wait_for(self, condition: Callable[["SmtpReceiver"], bool], patience: float = 20.0) -> None:
        """Wait, in another thread than the server's, until something is so.

        Raises
        ------
        TimeoutError: it is not so in time.
        """
        with self._came:
            if not self._came.wait_for(lambda: condition(self), patience):
                raise TimeoutError(f"after {self.offered} messages, {len(self.mails)} arrived")

    def sent_to(self, mailbox: str) -> list[Mail]:
        """What arrived in a mailbox, oldest first."""
        return [each for each in self.mails if each.to == mailbox]

    def fault_for(self, mailbox: str | None) -> str:
        return self.fault if not self.faulty or mailbox in self.faulty else ""

    def arrived(self, mail: Mail) -> None:
        with self._came:
            self.mails.append(mail)
            self._came.notify_all()
        self.on_mail(mail)

    def was_offered(self) -> None:
        with self._came:
            self.offered += 1
            self._came.notify_all()

    def _connection(self) -> SMTP:
        return _Conversation(
            self,
            self._connections,
            hostname="mail.example",
            tls_context=self._tls,
            require_starttls=self._tls is not None,
            authenticator=_authenticator if self._signs_in else None,
            auth_required=self._signs_in,
            auth_require_tls=self._tls is not None,
            enable_SMTPUTF8=False,
            timeout=300,
        )


def _authenticator(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False)


class _Handler:
    """What the mail server thinks of each command."""

    def __init__(self, receiver: SmtpReceiver) -> None:
        self._receiver = receiver

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        match self._receiver.fault_for(address):
            case "slow":
                await asyncio.sleep(self._receiver.delay)
            case "mute":
                await asyncio.Event().wait()  # until the sender gives up
            case "later-RCPT":
                return LATER
            case "no-RCPT":
                return NEVER
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 yes"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        [to] = envelope.rcpt_tos
        content = envelope.content
        assert isinstance(content, bytes)  # noqa: S101 - nothing decodes it
        fault = self._receiver.fault_for(to)
        self._receiver.was_offered()
        if fault == "slow":
            await asyncio.sleep(self._receiver.delay)
        if fault == "mute-at-end":
            await asyncio.Event().wait()  # until the sender gives up
        if fault == "later-end":
            return LATER
        if fault == "no-end":
            return NEVER
        message = message_from_bytes(content, _class=EmailMessage, policy=default)
        self._receiver.arrived(Mail(to, message))
        if fault == "hangs-up-at-end" and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return "250 2.0.0 taken"


class _Conversation(SMTP):
    """One connection; those faults that are none of a command's answer."""

    def __init__(self, receiver: SmtpReceiver, connections: set[asyncio.Transport], **options: object) -> None:
        super().__init__(_Handler(receiver), **options)  # type: ignore[arg-type]
        self._receiver, self._connections = receiver, connections
        self._own: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._connections.add(transport)
        fault = self._receiver.fault if not self._receiver.faulty else ""
        if fault in {"away", "closed"}:
            if fault == "away":
                transport.write(b"421 4.3.2 come back later\r\n")
            transport.close()
            return
        self._own = transport
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._own is None:
            return
        self._connections.discard(self._own)
        super().connection_lost(error)

    async def smtp_DATA(self, arg: str) -> None:
        to = self.envelope.rcpt_tos[0] if self.envelope and self.envelope.rcpt_tos else None
        match self._receiver.fault_for(to):
            case "later-DATA":
                await self.push(LATER)
            case "no-DATA":
                await self.push(NEVER)
            case "hangs-up-at-DATA":
                await self._hang_up()
            case "hangs-up-inside":
                await self.push("354 go on")
                await self._reader.read(1)
                await self._hang_up()
            case _:
                await super().smtp_DATA(arg)

    async def _hang_up(self) -> None:
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()
        await asyncio.Event().wait()  # nothing more is read: this ends with the connection
