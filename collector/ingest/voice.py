"""Makes packets of answers: what the collector says to kiosks."""

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from collector.fleet.credentials import derived_secret
from collector.ingest.answers import Answer
from collector.ingest.frames import Ack, Command
from collector.ingest.packets import publish
from collector.ingest.press_codes import PressCodes
from collector.settings import Settings
from collector.topics import topic_of


class Voice:
    """Speaks for one installation; any thread may use it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.codes = PressCodes(settings)

    def packets(self, answers: Iterable[Answer]) -> bytes:
        """The answers as MQTT carries them, with their codes and secrets."""
        return b"".join([self._packet(answer) for answer in answers])

    def _packet(self, answer: Answer) -> bytes:
        body = answer.body
        if isinstance(body, Ack) and answer.press and (code := self.codes.code(answer.press)):
            body = msgspec.structs.replace(body, qr=code)
        if isinstance(body, Command) and isinstance(body.n, int) and answer.salt:
            secret = derived_secret(self._settings, answer.kiosk, body.n, answer.salt)
            body = msgspec.structs.replace(body, secret=secret)
        return publish(_topic(answer.kiosk, body.topic), msgspec.json.encode(body))


@lru_cache(maxsize=65_536)
def _topic(kiosk: str, name: str) -> bytes:
    return topic_of(kiosk, name).encode()
