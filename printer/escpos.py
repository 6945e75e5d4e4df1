"""A slip as the bytes of an ESC/POS printer.

Commands that python-escpos names are taken from it. Its printer classes are not used: they change the code page in the
middle of a word, send what a text brings along, give codes a quiet zone of one module, and lose data on closing.
"""

import re
from dataclasses import dataclass

from escpos import constants

from printer.picture import Picture, of_symbol, of_text
from printer.profiles import CodePage, Profile
from printer.qr import QUIET_ZONE, fit
from printer.slip import LONGEST_MM, SMALL, Line, Slip, lay_out

#: `GS ( H` function 48: the printer says when it has printed all that was before; takes four letters along.
PROCESS_ID = constants.GS + b"(H\x06\x00\x30\x30"
#: `GS r 1`: the same from printers without it, but it only says that all has been carried out.
PAPER_STATUS = constants.GS + b"r\x01"
#: A little paper below the last line, so that the blade does not touch it.
_MARGIN = constants.ESC + b"J\x10"
_LEVELS = {"M": constants.QR_ECLEVEL_M + 48, "Q": constants.QR_ECLEVEL_Q + 48}


@dataclass(frozen=True)
class Document:
    """What to send, and the answer that proves that it was carried out."""

    data: bytes
    #: None: this printer never answers.
    answer: re.Pattern[bytes] | None
    #: The answer says which document it is about; `GS r` does not.
    is_named: bool = True


def render(slip: Slip, profile: Profile, number: int) -> Document:
    """A slip as a printer of this kind takes it.

    Parameters
    ----------
    number: of the job; its last four digits come back in the printer's answer.

    Raises
    ------
    printer.slip.TooLong
    """
    return _with_proof(constants.HW_INIT + standing_alone(slip, profile), profile, number)


def part(slip: Slip, profile: Profile) -> bytes:
    """A slip to be put between other things: nothing is reset before it, and nothing cut behind it.

    It begins at the left of an empty line and ends there. It leaves changed: alignment (`ESC a`), font and emphasis
    (`ESC !`), line spacing (`ESC 3`), code page (`ESC t`), Chinese mode (`FS .`), and of printers with codes of their
    own the settings of these (`GS ( k`). It counts on all else being as after a reset: margins, reverse, rotation.

    Raises
    ------
    printer.slip.TooLong
    """
    layout = lay_out(slip, profile.width, LONGEST_MM * profile.dots_per_mm)
    parts = [_letters(profile), constants.ESC + b"a\x01"]  # all is centred
    parts += [line(each, profile) for each in layout.above]
    if profile.native_qr:
        parts.append(native_code(slip.link, layout.module))
    else:
        parts.append(raster(of_symbol(layout.code, layout.module)))
    parts += [line(each, profile) for each in layout.below]
    return b"".join(parts)


def standing_alone(slip: Slip, profile: Profile) -> bytes:
    """A slip as a paper of its own, fed to the blade and cut; nothing is reset before it, and nothing proven behind it.

    Raises
    ------
    printer.slip.TooLong
    """
    return bytes(part(slip, profile) + _MARGIN + cut(profile))


def document(content: bytes, profile: Profile, number: int) -> Document:
    """Anything as a document of its own: reset before it, fed to the blade and cut behind it, with a proof at its end.

    Parameters
    ----------
    number: as for `render`.
    """
    return _with_proof(constants.HW_INIT + content + cut(profile), profile, number)


def _with_proof(data: bytes, profile: Profile, number: int) -> Document:
    if profile.answers == "process_id":
        letters = f"{number % 10_000:04}".encode()
        return Document(data + PROCESS_ID + letters, re.compile(b"\x37\x22" + letters + b"\x00"))
    if profile.answers == "status":
        return Document(data + PAPER_STATUS, re.compile(rb"[\x00-\x0f]"), is_named=False)
    return Document(data, None)


def cut(profile: Profile) -> bytes:
    """Feed to the blade and cut, or let the last line come out past the edge to tear at."""
    return bytes(constants.GS + b"VB\x00" if profile.cutter else constants.ESC + b"d\x04")


def line(line: Line, profile: Profile) -> bytes:
    """One line: in the printer's own letters where it has them all, else as a picture."""
    if profile.code_page and not line.logo:
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
    return raster(of_text(line, profile.width))


def select(page: CodePage) -> bytes:
    """From here on, bytes above 127 are letters of this page."""
    return bytes(constants.CODEPAGE_CHANGE + bytes([page.slot]))


def raster(picture: Picture) -> bytes:
    """A picture on lines of its own."""
    command = constants.S_RASTER_Q if picture.doubled else constants.S_RASTER_N
    size = picture.width.to_bytes(2, "little") + len(picture.rows).to_bytes(2, "little")
    return bytes(command + size + b"".join(picture.rows))


def _letters(profile: Profile) -> bytes:
    chinese_off: bytes = constants.FS + b"." if profile.chinese else b""
    return chinese_off + (select(profile.code_page) if profile.code_page else b"")


def native_code(text: str, module: int) -> bytes:
    """A code that the printer makes itself, with its quiet zone.

    It takes the least version that holds the text at the level that it is told, as `qr.fit` does.

    Parameters
    ----------
    module: dots a module.
    """

    def function(number: int, *parameters: int, data: bytes = b"") -> bytes:
        body = bytes([0x31, number, *parameters]) + data
        return bytes(constants.GS + b"(k" + len(body).to_bytes(2, "little") + body)

    # The printer leaves no quiet zone. An empty picture is one in dots; feeds are in units that differ between models.
    quiet = raster(Picture(1, (bytes(1),) * (QUIET_ZONE * module)))
    functions = (
        function(65, constants.QR_MODEL_2 + 48, 0),
        function(67, module),
        function(69, _LEVELS[fit(text).level]),
        function(80, 48, data=text.encode("ascii")),
        function(81, 48),
    )
    return quiet + b"".join(functions) + quiet
