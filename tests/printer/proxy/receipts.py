"""What tills send, in the ways of several makers; and a till that sends it."""

import itertools
import socket
from collections.abc import Iterator

from PIL import Image, ImageDraw

LINES = ("Coffee with milk     2 x 45.00   90.00", "Cheesecake           1 x 85.00   85.00")
TOTAL = "TOTAL                          175.00"


def plain(number: str = "0042", cut: bytes = b"\x1dV\x42\x00") -> bytes:
    """Text by a driver of the till's own: resets, chooses a page, centres, doubles, cuts with a feed."""
    head = b"\x1b@\x1bt\x2e\x1ba\x01\x1b!\x38Riverside\n\x1b!\x00Shop street 1\n\x1ba\x00\n"
    body = b"".join(line.encode() + b"\n" for line in LINES)
    total = b"\x1bE\x01" + TOTAL.encode() + b"\n\x1bE\x00" + "Чек № ".encode("cp1251") + number.encode() + b"\n"
    return head + body + total + b"\x1bd\x03" + cut


def old_school(number: str = "0042") -> bytes:
    """One that never resets: pages by `ESC R`, GS sizes, line spacing, feeds by lines, cuts at once."""
    head = b"\x1bt\x11\x1ba1\x1d!\x11Riverside\n\x1d!\x00\x1ba0\x1b3\x28"
    body = b"".join(line.encode() + b"\r\n" for line in LINES)
    return head + body + TOTAL.encode() + "\nЧек ".encode("cp866") + number.encode() + b"\n\x1b2\n\n\n\n\n\x1dV\x00"


def logo_above(number: str = "0042") -> bytes:
    """A picture of the shop as a raster, then text; bytes within it that look like cuts and drawers."""
    fake = (b"\x1dV\x00\x1bi\x1dVA\x03\x1bp" * 40)[: 48 * 8]
    return b"\x1b@\x1ba\x01\x1dv0\x00" + bytes([48, 0, 8, 0]) + fake + plain(number)[2:]


def drawn(text: str = "RIVERSIDE 175.00", slices: int = 3) -> bytes:
    """A driver that draws all: a receipt as slices of raster, white ones among them, and no text at all."""
    data = [b"\x1b@\x1dP\xcb\xcb\x1dL\x00\x00"]
    for number in range(slices):
        image = Image.new("1", (576, 60), 0)
        if number != 1:
            ImageDraw.Draw(image).text((40, 10), text, fill=1)
        data.append(b"\x1dv0\x00\x48\x00\x3c\x00" + image.tobytes())
    return b"".join([*data, b"\x1bJ\x78\x1dV\x01"])


def graphics(number: str = "0042") -> bytes:
    """A logo through `GS ( L`, a bar code, and the maker's own code printed by the printer."""
    dots = bytes([0xF0]) * (8 * 24)
    body = b"\x30\x70\x30\x01\x01\x31" + bytes([64, 0, 24, 0]) + dots
    store = b"\x1d(L" + len(body).to_bytes(2, "little") + body + b"\x1d(L\x02\x00\x30\x32"
    code = b"\x1d(k\x04\x00\x31\x41\x32\x00\x1d(k\x03\x00\x31\x43\x06\x1d(k\x03\x00\x31\x45\x31"
    code += b"\x1d(k" + (3 + 20).to_bytes(2, "little") + b"\x31\x50\x30HTTPS://TILL.EXAMPLE\x1d(k\x03\x00\x31\x51\x30"
    return (
        b"\x1b@"
        + store
        + b"Receipt "
        + number.encode()
        + b"\n"
        + TOTAL.encode()
        + b"\n\n\n"
        + code
        + b"\n\x1dV\x42\x00"
    )


def kitchen() -> bytes:
    return b"\x1b@\x1b!\x30KITCHEN\n\x1b!\x002 Coffee with milk\n1 Cheesecake\n\n\n\n\x1bi"


def card_slip() -> bytes:
    return b"\x1b@\x1ba\x01CARD PAYMENT\nVISA ************1234\nTOTAL 175.00\nAPPROVED\n\n\n\n\x1dV\x42\x00"


def drawer() -> bytes:
    return b"\x1b@\x1bp\x00\x19\xfa"


class Till:
    """A till's connection to its printer."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes, piece: int | None = None) -> None:
        """Send, in writes of so many bytes."""
        for at in range(0, len(data), piece or len(data) or 1):
            self.socket.sendall(data[at : at + (piece or len(data))])

    def ask(self, question: bytes, size: int = 1) -> bytes:
        self.socket.sendall(question)
        return self.socket.recv(size)

    def hang_up(self) -> bytes:
        """Say that nothing more comes, and hear what is still said."""
        self.say_no_more()
        return self.listen()

    def say_no_more(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def listen(self) -> bytes:
        """What is still said, to the end."""
        with self.socket:
            return b"".join(iter(lambda: self.socket.recv(4096), b""))


def pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    """Data split at some places."""
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return (data[left:right] for left, right in itertools.pairwise(edges))
