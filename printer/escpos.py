"""A slip as the bytes of an ESC/POS printer.

Commands that python-escpos names are taken from it. Its printer classes are not used: they change the code page in the
middle of a word, send what a text brings along, give codes a quiet zone of one module, and lose data on closing.
"""

import re
from dataclasses import dataclass

from escpos import constants

from printer.picture import Picture, of_symbol, of_text
from printer.profiles import Profile
from printer.qr import QUIET_ZONE
from printer.slip import SMALL, Layout, Line, Slip, lay_out

#: `GS ( H` function 48: the printer says when it has printed all that was before; takes four letters along.
_PROCESS_ID = constants.GS + b"(H\x06\x00\x30\x30"
#: `GS r 1`: the same from printers without it, but it only says that all has been carried out.
_PAPER_STATUS = constants.GS + b"r\x01"


@dataclass(frozen=True)
class Document:
    """What to send, and the answer that proves that it was carried out."""

    data: bytes
    answer: re.Pattern[bytes]


def render(slip: Slip, profile: Profile, number: int) -> Document:
    """A slip as a printer of this kind takes it.

    Parameters
    ----------
    number: of the job; its last four digits come back in the printer's answer.
    """
    layout = lay_out(slip, profile.width)
    parts: list[bytes] = [constants.HW_INIT]
    if profile.chinese:
        parts.append(constants.FS + b".")
    if profile.code_page:
        parts.append(constants.CODEPAGE_CHANGE + bytes([profile.code_page.slot]))
    parts.append(constants.ESC + b"a\x01")  # all is centred
    parts += [_line(line, profile) for line in layout.above]
    if profile.native_qr:
        parts.append(_native_code(layout, slip.link))
    else:
        parts.append(_raster(of_symbol(layout.code, layout.module)))
    parts += [_line(line, profile) for line in layout.below]
    # Feed to the blade and cut, or let the last line come out past the edge to tear at.
    parts.append(constants.GS + b"VB\x00" if profile.cutter else constants.ESC + b"d\x04")
    if profile.asks_process_id:
        letters = f"{number % 10_000:04}".encode()
        return Document(b"".join([*parts, _PROCESS_ID, letters]), re.compile(b"\x37\x22" + letters + b"\x00"))
    return Document(b"".join([*parts, _PAPER_STATUS]), re.compile(rb"[\x00-\x0f]"))


def _line(line: Line, profile: Profile) -> bytes:
    if profile.code_page:
        try:
            letters = line.text.encode(profile.code_page.encoding)
        except UnicodeEncodeError:
            pass
        else:
            mode: bytes = constants.ESC + b"!" + bytes([(line.type == SMALL) | line.type.bold << 3])
            # A spacing less than the letters' height counts as that height, so models that measure in other units
            # come out no taller.
            spacing: bytes = constants.ESC + b"3" + bytes([line.type.height])
            return mode + spacing + letters + b"\n"
    return _raster(of_text(line))


def _native_code(layout: Layout, link: str) -> bytes:
    def function(number: int, *parameters: int, data: bytes = b"") -> bytes:
        body = bytes([0x31, number, *parameters]) + data
        return bytes(constants.GS + b"(k" + len(body).to_bytes(2, "little") + body)

    # The printer leaves no quiet zone. An empty picture is one in dots; feeds are in units that differ between models.
    quiet = _raster(Picture(1, (bytes(1),) * (QUIET_ZONE * layout.module)))
    code = (
        function(65, constants.QR_MODEL_2 + 48, 0),
        function(67, layout.module),
        function(69, constants.QR_ECLEVEL_M + 48),
        function(80, 48, data=link.encode("ascii")),
        function(81, 48),
    )
    return quiet + b"".join(code) + quiet


def _raster(picture: Picture) -> bytes:
    command = constants.S_RASTER_Q if picture.doubled else constants.S_RASTER_N
    size = picture.width.to_bytes(2, "little") + len(picture.rows).to_bytes(2, "little")
    return bytes(command + size + b"".join(picture.rows))
