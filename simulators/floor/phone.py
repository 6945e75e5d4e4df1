"""The customers' telephone on the shop floor: text messages and mail that arrive, with their links."""

import re
from collections import deque
from collections.abc import Callable
from typing import Any

from collector.settings import Settings
from simulators.sms_gateway import Sms, SmsGateway
from simulators.smtp_receiver import Mail, SmtpReceiver

#: So many of the newest are shown.
SHOWN = 30
#: Codes are spelled in capitals, their scheme and host too; a stop or a dot behind one belongs to the sentence.
_LINK = re.compile(r"https?://[^\s<>]*[^\s<>.,;:!?)]", re.IGNORECASE)


class CustomersPhone:
    """One telephone for all customers: a message is told apart by whom it is to.

    Parameters
    ----------
    on_change: called whenever something has arrived.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self.gateway = SmsGateway(self._take_sms)
        self.mailboxes = SmtpReceiver(self._take_mail)
        self._on_change = on_change
        self._arrived: deque[dict[str, Any]] = deque(maxlen=SHOWN)
        self._count = 0

    async def start(self, settings: Settings) -> None:
        """Take text messages and mail at the ports of this installation."""
        await self.gateway.start(settings.sms_port)
        await self.mailboxes.start(settings.mail_port)

    async def stop(self) -> None:
        await self.gateway.stop()
        await self.mailboxes.stop()

    def state(self) -> list[dict[str, Any]]:
        """What has arrived, the newest first."""
        return list(self._arrived)

    def _take_sms(self, sms: Sms) -> None:
        self._take("sms", sms.to, "", sms.text)

    def _take_mail(self, mail: Mail) -> None:
        self._take("mail", mail.to, str(mail.message["Subject"] or ""), mail.text)

    def _take(self, channel: str, to: str, subject: str, text: str) -> None:
        self._count += 1
        message = {"number": self._count, "channel": channel, "to": to, "subject": subject}
        self._arrived.appendleft({**message, "parts": parts(text.strip())})
        self._on_change()


def parts(text: str) -> list[list[str]]:
    """A text in pieces: words, and [link, link] where somebody can tap."""
    pieces: list[list[str]] = []
    end = 0
    for link in _LINK.finditer(text):
        pieces += [[text[end : link.start()]], [link[0], link[0]]]
        end = link.end()
    return [piece for piece in [*pieces, [text[end:]]] if piece[0]]
