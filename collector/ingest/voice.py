"""Puts answers into words: what the collector says to kiosks."""

from collections.abc import Iterable

import msgspec

from collector.fleet.credentials import derived_secret
from collector.ingest.answers import Answer
from collector.ingest.frames import Ack, Command
from collector.ingest.press_codes import PressCodes
from collector.ingest.source import Said
from collector.settings import Settings


class Voice:
    """Speaks for one installation; any thread may use it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.codes = PressCodes(settings)

    def words(self, answers: Iterable[Answer]) -> list[Said]:
        """The answers as kiosks hear them, with their codes and secrets."""
        return [self._said(answer) for answer in answers]

    def _said(self, answer: Answer) -> Said:
        body = answer.body
        if isinstance(body, Ack) and answer.press and (code := self.codes.code(answer.press)):
            body = msgspec.structs.replace(body, qr=code)
        if isinstance(body, Command) and isinstance(body.n, int) and answer.salt:
            secret = derived_secret(self._settings, answer.kiosk, body.n, answer.salt)
            body = msgspec.structs.replace(body, secret=secret)
        return Said(answer.kiosk, body.topic, msgspec.json.encode(body))
