"""Bytes to a printer, and what it answers.

link         the way to a printer while it is open: send, receive, close without losing anything
tcp, serial_line, usb    the three ways there are
address      from an address to an open link
hearing      what a printer says, told apart (pure)
delivery     how a printer is; a document onto paper, at most once
"""

from printer.transport.address import open_link
from printer.transport.delivery import ask, deliver, look
from printer.transport.link import Link, NoAddress, NotReady, Unsure

__all__ = ["Link", "NoAddress", "NotReady", "Unsure", "ask", "deliver", "look", "open_link"]
