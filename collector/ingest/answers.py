"""What is said to a kiosk."""

from typing import NamedTuple, TypeAlias

from collector.ingest.frames import Ack, Chunk, Command, Config, Kept, Print, Release
from printer.codes import Press

Body: TypeAlias = Ack | Config | Command | Release | Chunk | Print | Kept


class Answer(NamedTuple):
    """One message for a kiosk."""

    kiosk: str
    body: Body
    #: With an Ack: the bad rating just made, whose code the kiosk can show its customer.
    press: Press | None = None
    #: With a Command for a new secret: what the secret is derived from, as it is sent.
    salt: bytes | None = None
