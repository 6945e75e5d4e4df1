"""A document onto paper in one go, for tests of what comes of it."""

from collections.abc import Callable
from typing import Any

from printer import transport
from printer.condition import Condition
from printer.escpos import Document
from printer.transport import open_link


def deliver(address: str, document: Document, begin: Callable[[], None], **more: Any) -> Condition:
    """Open the way to a printer, and deliver."""
    with open_link(address) as link:
        return transport.deliver(link, document, begin, **more)
