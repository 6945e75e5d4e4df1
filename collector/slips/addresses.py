"""How a printer is connected: what a form asks, and the address that it makes (pure).

tcp://192.168.1.50:9100                  in the network
usb:///dev/usb/lp0                       by a cable at the collector's machine
serial:///dev/ttyUSB0?baud=19200         the same, an older one
kiosk://riverside-exit                   behind a Raspberry Pi kiosk
cloudprnt:, epson-sdp:                   it comes and fetches its slips
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args
from urllib.parse import parse_qs, urlsplit

from printer.transport.serial_line import BAUD, FLOWS
from printer.transport.tcp import PORT

Way: TypeAlias = Literal["tcp", "usb", "serial", "kiosk", "cloudprnt", "epson-sdp"]
WAYS: tuple[Way, ...] = get_args(Way)
#: These come to us, and say a secret.
POLLING: tuple[Way, ...] = ("cloudprnt", "epson-sdp")
#: A cable leads to the machine that the collector runs on.
BY_CABLE: tuple[Way, ...] = ("usb", "serial")
SPEEDS = (BAUD, 19200, 38400, 57600, 115200)
#: Kinds of printers that fetch their slips in a way; by the others any kind is connected.
_FETCHES: Mapping[Way, str] = {"cloudprnt": "star-", "epson-sdp": "epson-"}

# Ends like a number, and is an address with a slip of the pen, 192.168.1 or 192.168.1.500; or one in disguise, 0x7f.1.
_NUMBER = re.compile(r"\d+|0[xX][\dA-Fa-f]*")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_LONGEST_HOST = 253
# Nothing else that the collector may write to: not its own files, nor the machine's disks.
_USB = re.compile(r"/dev/(?:usb/)?lp[0-9]{1,3}")
_SERIAL = re.compile(r"/dev/(?:tty(?:USB|ACM|AMA|S)[0-9]{1,3}|serial/by-(?:id|path)/(?!.*\.\.)[A-Za-z0-9_.:+-]{1,120})")


class Unfit(ValueError):
    """What was typed makes no address; the argument names the field."""

    @property
    def field(self) -> str:
        return str(self.args[0])


def way_of(address: str) -> Way:
    """How the printer at an address is connected."""
    [way] = [each for each in WAYS if each == address.partition(":")[0]]
    return way


def address_of(fields: Mapping[str, str]) -> str:
    """The address that a form means.

    Parameters
    ----------
    fields: `way`, and of the others what belongs to it: host, port, usb, serial, baud, flow, kiosk.

    Raises
    ------
    Unfit
    """
    way = fields.get("way", "")
    match way:
        case "tcp":
            return f"tcp://{_host(fields.get('host', ''))}:{_port(fields.get('port', ''))}"
        case "usb":
            return f"usb://{_device(fields, 'usb', _USB)}"
        case "serial":
            device = _device(fields, "serial", _SERIAL)
            baud, flow = fields.get("baud") or str(BAUD), fields.get("flow") or FLOWS[0]
            if baud not in map(str, SPEEDS) or flow not in FLOWS:
                raise Unfit("serial")
            return f"serial://{device}?baud={baud}" + (f"&flow={flow}" if flow else "")
        case "kiosk":
            kiosk = fields.get("kiosk", "")
            if not re.fullmatch("[a-z0-9-]{1,32}", kiosk):
                raise Unfit("kiosk")
            return f"kiosk://{kiosk}"
        case "cloudprnt" | "epson-sdp":
            return f"{way}:"
    raise Unfit("way")


def fields_of(address: str) -> dict[str, str]:
    """What a form shows of an address: `address_of` backwards."""
    way, parts = way_of(address), urlsplit(address)
    fields: dict[str, str] = {"way": way}
    match way:
        case "tcp":
            fields |= {"host": parts.hostname or "", "port": str(parts.port or PORT)}
        case "usb":
            fields["usb"] = parts.path
        case "serial":
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            fields |= {"serial": parts.path, "baud": query.get("baud", str(BAUD)), "flow": query.get("flow", FLOWS[0])}
        case "kiosk":
            fields["kiosk"] = parts.netloc
    return fields


def kind_of(address: str) -> str:
    """Of the jobs of a printer at this address: who brings them to it."""
    way = way_of(address)
    if way in POLLING:
        return "fetch"
    return "relay" if way == "kiosk" else "print"


def fits(way: Way, kind: str) -> bool:
    """Whether a kind of printer, a key of `printer.profiles.PROFILES`, can be connected in a way."""
    return kind.startswith(_FETCHES.get(way, ""))


def is_here(address: str) -> bool:
    """Whether it leads to the collector's own machine, which is not for a store's people to choose."""
    if way_of(address) in BY_CABLE:
        return True
    if way_of(address) != "tcp":
        return False
    host = (urlsplit(address).hostname or "").rstrip(".")
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    number = getattr(number, "ipv4_mapped", None) or number
    return number.is_loopback or number.is_unspecified or number.is_link_local


def _host(typed: str) -> str:
    host = typed.strip()
    try:
        number = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        labels = host.split(".")
        if len(host) > _LONGEST_HOST or not all(map(_LABEL.fullmatch, labels)) or _NUMBER.fullmatch(labels[-1]):
            raise Unfit("host") from None
        return host.lower()
    if "%" in host:  # which of this machine's networks: it may carry anything
        raise Unfit("host")
    return f"[{number}]" if number.version == 6 else str(number)


def _port(typed: str) -> int:
    port = typed.strip() or str(PORT)
    if not re.fullmatch(r"\d{1,5}", port, re.ASCII) or not 1 <= int(port) <= 65535:
        raise Unfit("port")
    return int(port)


def _device(fields: Mapping[str, str], field: str, known: re.Pattern[str]) -> str:
    device = fields.get(field, "").strip()
    if not known.fullmatch(device):
        raise Unfit(field)
    return device
