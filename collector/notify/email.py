"""Sends mail by an SMTP server, each at most once.

1. The worker claims a message; one at a time for each mailbox.
2. Its words are made, and the policy is asked once more: somebody may have said stop since, or it is night by now.
3. The server is told from whom and to whom. Until here nothing has left: it is tried again by `SCHEDULE`.
4. The message follows. 2xx: it has arrived; 4xx and 5xx: the server says that it took nothing, for now or for good. If
   it hangs up instead, nobody knows, and a person looks.
"""

import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from sqlalchemy import Engine

from collector.finding import Finding
from collector.notify.mail import composed, host_of
from collector.notify.message import key_of, prepared
from collector.notify.sender import HOUR, MINUTE, NotNow, Sender, Sent
from collector.notify.webhooks import is_this_machine
from collector.queue.executor import Done, Failed, Job, Later, Unknown
from collector.settings import Settings, SettingsError

SCHEDULE = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR)
#: How long a server may take for an answer, and for that to a whole message, s: some look at each for a minute.
ANSWER, TAKEN = 20.0, 120.0
#: How often to look whether there is a server by now, s.
NOT_SET_UP = 60.0


@dataclass(frozen=True)
class Prepared:
    sender: str
    to: str
    content: bytes


class _NoSession(Exception):
    """The server lets us say nothing; the text is a sentence."""


class EmailSender(Sender[Prepared]):
    """Mail."""

    kind = "email"
    repeatable = False

    def __init__(self, engine: Engine, settings: Settings, schedule: Sequence[float] = SCHEDULE) -> None:
        super().__init__(schedule)
        self._engine, self._settings = engine, settings

    def prepare(self, job: Job) -> Prepared | Failed | Later:
        if not self._settings.smtp or not self._settings.mail_from:
            return Later("No mail server is set up (smtp, mail_from).", NOT_SET_UP)
        message = prepared(self._engine, self._settings, job)
        if isinstance(message, Failed | Later):
            return message
        mail = composed(message, self._settings.mail_from, key_of(self._settings, message.key))
        return Prepared(mail.sender, message.to.value, mail.content)

    def send(self, prepared: Prepared, begin: Callable[[], None]) -> Sent:
        try:
            session = _session(self._settings)
        except _NoSession as problem:
            return NotNow(str(problem))
        try:
            return _sent(session, prepared, begin)
        finally:
            session.close()

    def examine(self) -> Iterator[Finding]:
        if not self._settings.smtp or not self._settings.mail_from:
            yield Finding("mail: no server is set up (smtp, mail_from), so none is sent")
            return
        host = urlsplit(self._settings.smtp).hostname
        try:
            session = _session(self._settings)
        except _NoSession as problem:
            yield Finding(f"mail: {host}: {problem}", "Look at the settings smtp, smtp_password_file and mail_from.")
        else:
            session.close()
            yield Finding(f"mail goes by {host}, from {self._settings.mail_from}")


def _session(settings: Settings) -> smtplib.SMTP:
    """A server that listens, by TLS wherever that is beyond this machine, and knows who we are.

    Raises
    ------
    _NoSession: there is none now.
    """
    parts = urlsplit(settings.smtp)
    host, context = parts.hostname or "", ssl.create_default_context()
    own_name = host_of(settings.mail_from)
    session: smtplib.SMTP | None = None
    try:
        if parts.scheme == "smtps":
            session = smtplib.SMTP_SSL(host, parts.port or 465, own_name, timeout=ANSWER, context=context)
        else:
            session = smtplib.SMTP(host, parts.port or 587, own_name, timeout=ANSWER)
            session.ehlo()
            if session.has_extn("starttls"):
                session.starttls(context=context)
            elif not is_this_machine(host):
                raise _NoSession("The mail server offers no TLS, without which nothing leaves this machine.")
        session.ehlo_or_helo_if_needed()
        if parts.username:
            session.login(unquote(parts.username), _password(settings))
    except _NoSession:
        _close(session)
        raise
    except ssl.SSLError as problem:
        _close(session)
        raise _NoSession("The mail server's certificate is not to be trusted.") from problem
    except smtplib.SMTPAuthenticationError as problem:
        _close(session)
        raise _NoSession("The mail server does not let us in with this name and password.") from problem
    except smtplib.SMTPResponseException as problem:
        _close(session)
        raise _NoSession(f"The mail server answered {problem.smtp_code}.") from problem
    except SettingsError as problem:
        _close(session)
        raise _NoSession(f"{problem}") from problem
    except (OSError, smtplib.SMTPException) as problem:
        _close(session)
        raise _NoSession("The mail server cannot be reached, or hung up.") from problem
    return session


def _sent(session: smtplib.SMTP, mail: Prepared, begin: Callable[[], None]) -> Sent:
    try:
        for code, _ in (session.mail(mail.sender), session.rcpt(mail.to)):
            if not 200 <= code < 300:
                return _refused(code)
        begin()
        code, _ = session.docmd("DATA")
    except (OSError, smtplib.SMTPException):
        return NotNow("The mail server hung up, or said nothing, before it took the message.")
    return _content_sent(session, mail) if code == 354 else _refused(code)


def _content_sent(session: smtplib.SMTP, mail: Prepared) -> Sent:
    """From here on nobody but the server knows, unless it says so."""
    try:
        if session.sock:
            session.sock.settimeout(TAKEN)
        session.send(_dotted(mail.content))
        code, _ = session.getreply()
    except (OSError, smtplib.SMTPException):
        return Unknown("The mail server hung up, or said nothing, when it had the message.")
    return Done() if 200 <= code < 300 else _refused(code)


def _refused(code: int) -> Sent:
    # What it says besides stays out of it: it repeats the address.
    if 400 <= code < 500:
        return NotNow(f"The mail server answered {code}: not now.")
    return Failed(f"The mail server answered {code}: it does not take this message.")


def _dotted(content: bytes) -> bytes:
    """A message as it goes over the line: no line of it is the dot that ends it."""
    lines = content.replace(b"\r\n", b"\n").split(b"\n")
    while lines and not lines[-1]:
        lines.pop()
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines) + b".\r\n"


def _close(session: smtplib.SMTP | None) -> None:
    if session:
        session.close()


def _password(settings: Settings) -> str:
    if settings.smtp_password_file is None:
        raise SettingsError("smtp_password_file: name the file that holds the password at the mail server.")
    try:
        return settings.smtp_password_file.read_text().strip()
    except OSError as problem:
        raise SettingsError(
            f"smtp_password_file: {settings.smtp_password_file} cannot be read: {problem.strerror}."
        ) from problem
