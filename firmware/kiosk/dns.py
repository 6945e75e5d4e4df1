"""Names to addresses, without `getaddrinfo`: on a board that stops everything, buttons included, for seconds.

One question at a time, over UDP, for IPv4 (RFC 1035). The last good answer is kept: it is used when the server is
silent or talks nonsense, because a broker hardly ever moves, and whoever is at the wrong address has no certificate.
"""

import asyncio
import random
import socket
import struct
from errno import EAGAIN

LOOK = 20  # ms between two looks whether an answer has come
AGAIN = 1000  # ms after which the question is asked again; then twice that, and so on
ALIASES = 8  # more of them in a row lead nowhere
ADDRESS, ALIAS = 1, 5  # types of records: A, CNAME

_known = {}  # name: its last good address


async def resolve(name, server, timeout=5):
    """Return the IPv4 address of a host. An address is returned as it is.

    >>> await resolve("broker.example", ("192.168.1.1", 53))
    "192.0.2.7"

    server: address and port of the name server.
    timeout: seconds that it may take.
    Raises OSError where there is none to be had.
    """
    if is_address(name):
        return name
    try:
        _known[name] = await asyncio.wait_for(_ask(name, server), timeout)
    except (OSError, asyncio.TimeoutError) as fault:
        if name not in _known:
            raise OSError("no address for %s: %s" % (name, fault if fault.args else "no answer from the name server"))
    return _known[name]


def is_address(name):
    """Return whether this is an address already."""
    parts = name.split(".")
    return ":" in name or (len(parts) == 4 and "".join(parts).isdigit())


async def _ask(name, server):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.connect(socket.getaddrinfo(server[0], server[1])[0][-1])  # an address: this asks nobody
        for _ in range(ALIASES):
            found, name = await _answer(sock, name)
            if found == ADDRESS:
                return name
        raise OSError("its aliases lead nowhere")
    finally:
        sock.close()


async def _answer(sock, name):
    # Ask until somebody answers; the caller's patience ends it.
    wait = AGAIN
    while True:
        number = random.getrandbits(16)
        sock.send(question(number, name))
        for _ in range(wait // LOOK):
            try:
                message = sock.recv(512)
            except OSError as fault:
                if fault.errno != EAGAIN:
                    raise
                await asyncio.sleep(LOOK / 1000)
                continue
            try:
                answer = read(message, number, name)
            except (IndexError, ValueError):
                continue  # nonsense, or for somebody else
            if answer:
                return answer
        wait *= 2


def question(number, name):
    """Return the message that asks for the address of a name; `number` will be in its answer."""
    labels = b"".join([bytes([len(label)]) + label for label in name.encode().split(b".") if label])
    # Flags: recursion desired. One question, of type A and class IN.
    return struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels + b"\x00\x00\x01\x00\x01"


def read(message, number, name):
    """Return (ADDRESS, address) or (ALIAS, name) out of an answer, or None where it answers something else.

    Raises OSError where the server says that there is no answer, IndexError or ValueError where the message is torn.
    """
    if len(message) < 12:
        raise ValueError
    got, flags, questions, answers, _, _ = struct.unpack("!HHHHHH", message[:12])
    asked, at = _name(message, 12)
    name = name.lower().rstrip(".")
    if got != number or not flags & 0x8000 or questions != 1 or asked != name:
        return None
    if flags & 15:
        raise OSError({3: "there is no such name"}.get(flags & 15, "the name server refuses (%d)" % (flags & 15)))
    at += 4
    addresses, aliases = {}, {}
    for _ in range(answers):
        owner, at = _name(message, at)
        if at + 10 > len(message):
            raise ValueError
        kind, family, _, size = struct.unpack("!HHIH", message[at : at + 10])
        at += 10
        if at + size > len(message):
            raise ValueError
        if kind == ADDRESS and family == 1 and size == 4:
            addresses.setdefault(owner, "%d.%d.%d.%d" % tuple(message[at : at + 4]))
        elif kind == ALIAS and family == 1:
            aliases[owner] = _name(message, at)[0]
        at += size
    for _ in range(ALIASES):
        if name in addresses:
            return ADDRESS, addresses[name]
        if name not in aliases:
            break
        name = aliases[name]
    if name != asked:
        return ALIAS, name
    raise OSError("the name has no IPv4 address")


def _name(message, at):
    # Return the name that is written at `at`, and where it ends; a part may stand elsewhere (RFC 1035, 4.1.4).
    labels, end = [], None
    for _ in range(64):
        length = message[at]
        if length >= 0xC0:
            end = end or at + 2
            at = (length & 0x3F) << 8 | message[at + 1]
        elif length:
            labels.append(message[at + 1 : at + 1 + length].decode().lower())
            at += 1 + length
        else:
            return ".".join(labels), end or at + 1
    raise ValueError
