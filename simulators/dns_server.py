"""A name server with moods; runs in the MicroPython VM and on CPython, in the same loop as who asks it."""

import asyncio
import socket
import struct
from errno import EAGAIN

LOOK = 0.002  # s between two looks whether somebody has asked


class DNSServer:
    """Answer questions for IPv4 addresses.

    >>> server = DNSServer({"broker.example": "192.0.2.7", "www.example": "broker.example"})
    >>> task = asyncio.create_task(server.serve())
    >>> await resolve("www.example", server.address)

    zone: names, and their address or the name that they are an alias of.
    address: (address, port) where it listens.
    mood: "well"; "silent"; "slow" (it answers a question when the next one comes, and both in turn); "refusing";
        "nonsense" (answers cut short, to other questions, of other names, with names that bite their own tail);
        "terse" (it says an alias, and not what that leads to).
    asked: the names it was asked for, in order.
    """

    def __init__(self, zone: dict[str, str], mood: str = "well") -> None:
        self.zone, self.mood = zone, mood
        self.asked: list[str] = []
        self._late: tuple[bytes, tuple[str, int]] | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self.address = "127.0.0.1", self._bind()

    async def serve(self) -> None:
        """Serve until cancelled."""
        while True:
            try:
                message, asker = self._socket.recvfrom(512)
            except OSError as fault:
                if fault.errno != EAGAIN:
                    raise
                await asyncio.sleep(LOOK)
                continue
            name = _name(message).lower()
            self.asked.append(name)
            for answer, to in self._answers(message, name, asker):
                self._socket.sendto(answer, to)

    def close(self) -> None:
        """Free the port."""
        self._socket.close()

    def _bind(self) -> int:
        for port in range(20_000, 30_000):
            try:
                # In this form, which is all that MicroPython takes.
                self._socket.bind(socket.getaddrinfo("127.0.0.1", port)[0][-1])
            except OSError:
                continue
            return port
        raise OSError

    def _answers(self, message: bytes, name: str, asker: tuple[str, int]) -> list[tuple[bytes, tuple[str, int]]]:
        answer = self._answer(message, name)
        if self.mood == "silent":
            return []
        if self.mood == "refusing":
            return [(_header(message, 5, 0) + message[12:], asker)]
        if self.mood == "slow":
            late, self._late = self._late, (answer, asker)
            return [late, self._late] if late else []
        if self.mood == "nonsense":
            return [(part, asker) for part in _nonsense(message, answer)]
        return [(answer, asker)]

    def _answer(self, message: bytes, name: str) -> bytes:
        if name not in self.zone:
            return _header(message, 3, 0) + message[12:]
        records, owner = [], b"\xc0\x0c"
        for _ in range(len(self.zone)):
            if name not in self.zone:
                break
            value = self.zone[name]
            address = value.split(".")
            if address[0].isdigit():
                records.append(_record(owner, 1, bytes([int(part) for part in address])))
                break
            records.append(_record(owner, 5, _labels(value)))
            name, owner = value, _labels(value)
            if self.mood == "terse":
                break
        return _header(message, 0, len(records)) + message[12:] + b"".join(records)


def _nonsense(message: bytes, answer: bytes) -> list[bytes]:
    wrong_name = answer[:13] + b"?" + answer[14:]
    wrong_number = bytes([answer[0] ^ 1]) + answer[1:]
    tail = _header(message, 0, 1) + message[12:] + _record(b"\xc0\x0c", 5, b"\xc0" + bytes([len(message) + 12]))
    return [b"", b"\x00", answer[:11], answer[:-1], wrong_name, wrong_number, message, tail, bytes(range(256))]


def _header(message: bytes, code: int, answers: int) -> bytes:
    return struct.pack("!HHHHHH", struct.unpack("!H", message[:2])[0], 0x8180 | code, 1, answers, 0, 0)


def _record(owner: bytes, kind: int, data: bytes) -> bytes:
    return owner + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


def _labels(name: str) -> bytes:
    return b"".join([bytes([len(label)]) + label.encode() for label in name.split(".")]) + b"\x00"


def _name(message: bytes) -> str:
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1 : at + 1 + message[at]].decode())
        at += 1 + message[at]
    return ".".join(labels)
