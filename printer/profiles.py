"""Kinds of printers: what each can do (pure)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CodePage:
    """How a printer calls a set of 256 letters, and how Python does."""

    slot: int
    encoding: str


@dataclass(frozen=True)
class Profile:
    """What a kind of printer can do."""

    name: str
    #: Dots across the paper, at 203 dots an inch.
    width: int
    #: Makes QR codes itself, `GS ( k`.
    native_qr: bool = False
    #: Has Ukrainian letters; without it, and for letters that it has not, text goes as pictures.
    code_page: CodePage | None = None
    #: Begins in Chinese mode, in which two bytes above 127 are one letter.
    chinese: bool = False
    cutter: bool = True
    #: Answers `GS ( H` when the paper is printed.
    asks_process_id: bool = False


#: Epson's own number of Windows-1251; other makers have others.
_WINDOWS_1251 = CodePage(46, "cp1251")
PROFILES = {
    "epson-80": Profile("Epson TM, 80 mm", 576, native_qr=True, code_page=_WINDOWS_1251, asks_process_id=True),
    "epson-58": Profile("Epson TM, 58 mm", 420, native_qr=True, code_page=_WINDOWS_1251, asks_process_id=True),
    "other-80": Profile("Other ESC/POS printer, 80 mm", 576, chinese=True),
    "other-58": Profile("Other ESC/POS printer, 58 mm, no cutter", 384, chinese=True, cutter=False),
}
