"""From an address to an open link."""

from urllib.parse import parse_qsl, urlsplit

from printer.transport.link import Link, NoAddress
from printer.transport.serial_line import BAUD, FLOWS, SerialLink
from printer.transport.tcp import PORT, TcpLink
from printer.transport.usb import UsbLink


def open_link(address: str) -> Link:
    """Open the way to a printer.

    Parameters
    ----------
    address: `tcp://host:9100`, `serial:///dev/ttyUSB0?baud=19200&flow=rtscts` or `usb:///dev/usb/lp0`.

    Raises
    ------
    NotReady: it cannot be reached, or somebody else has hold of it.
    NoAddress
    """
    try:
        where = urlsplit(address)
        options = dict(parse_qsl(where.query, strict_parsing=True)) if where.query else {}
        port, baud, flow = where.port or PORT, int(options.pop("baud", BAUD)), options.pop("flow", FLOWS[0])
    except ValueError as problem:
        raise _no_address(address) from problem
    if options or flow not in FLOWS:
        raise _no_address(address)
    match where.scheme:
        case "tcp" if where.hostname:
            return TcpLink(where.hostname, port)
        case "serial" if where.path:
            return SerialLink(where.path, baud, flow)
        case "usb" if where.path:
            return UsbLink(where.path)
    raise _no_address(address)


def _no_address(address: str) -> NoAddress:
    return NoAddress(f"{address!r} leads to no printer: it should begin with tcp://, serial:/// or usb:///.")
