"""Kinds of printers: what each can do (pure).

Facts are from makers' documents, from the tables that come with python-escpos, and from those of others who print on
them; nobody here has held these printers. Where those say nothing, a kind is said to be able to do less than it may:
text and codes then go as pictures, which come out right everywhere. The self-test page shows which sets of letters are
there.
"""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

#: What a printer says when it has printed: `GS ( H`, that the paper is printed; `GS r`, that all has been carried out.
Answers: TypeAlias = Literal["process_id", "status", "none"]

#: The name that stands for no code page: all text goes as pictures.
NO_CODE_PAGE = "none"


@dataclass(frozen=True)
class CodePage:
    """How a printer calls a set of 256 letters, and how Python does."""

    slot: int
    encoding: str


@dataclass(frozen=True)
class Profile:
    """What a kind of printer can do."""

    name: str
    #: Dots across the paper.
    width: int
    #: Makes QR codes itself, `GS ( k`.
    native_qr: bool = False
    #: Sets of letters that it has; the first is used unless another is chosen.
    code_pages: tuple[CodePage, ...] = ()
    #: Begins in Chinese mode, in which two bytes above 127 are one letter.
    chinese: bool = False
    cutter: bool = True
    answers: Answers = "status"
    #: 8 is 203 dots an inch, 7 is 180.
    dots_per_mm: int = 8

    @property
    def code_page(self) -> CodePage | None:
        """The one in which text goes; what it has not goes as pictures, and so does all text where there is none."""
        return self.code_pages[0] if self.code_pages else None

    def with_code_page(self, name: str | None) -> "Profile":
        """The same kind, set to one of its code pages.

        Parameters
        ----------
        name: Python's name of the page, `"none"` for pictures alone, None for the kind's own choice.

        Raises
        ------
        LookupError: this kind has no such page. The message is a sentence.
        """
        if name is None:
            return self
        if name == NO_CODE_PAGE:
            return replace(self, code_pages=())
        pages = tuple(page for page in self.code_pages if page.encoding == name)
        if not pages:
            raise LookupError(f"{self.name} has no code page {name!r}: choose another one, or none.")
        return replace(self, code_pages=pages)


def _pages(**slots: int) -> tuple[CodePage, ...]:
    return tuple(CodePage(slot, encoding) for encoding, slot in slots.items())


#: What people call these sets of letters, by Python's name.
PAGE_NAMES = {
    "cp1251": "Windows-1251, Cyrillic",
    "cp1250": "Windows-1250, Central European",
    "cp1252": "Windows-1252, Western European",
    "cp852": "CP852, Central European",
    "cp858": "CP858, Western European",
}

#: Windows-1251 first: it has Ukrainian and Russian letters, and the dash, the dot and the ellipsis that slips use.
_EPSON = _pages(cp1251=46, cp1250=45, cp852=18, cp1252=16, cp858=19)
_ZJIANG = _pages(cp1251=73, cp1250=72, cp852=18, cp1252=16, cp858=19)
_XPRINTER = _pages(cp1251=23, cp852=18, cp1252=16, cp858=19)
_RONGTA = _pages(cp1251=6, cp1250=30, cp852=18, cp1252=16, cp858=19)
_BIXOLON = _pages(cp1251=28, cp1250=47, cp852=18, cp1252=16, cp858=19)

PROFILES = {
    "epson-80": Profile("Epson TM, 80 mm", 576, True, _EPSON, answers="process_id"),
    "epson-58": Profile("Epson TM, 58 mm", 420, True, _EPSON, answers="process_id"),
    "epson-t88": Profile("Epson TM-T88II to IV, 80 mm", 512, code_pages=_pages(cp1252=16), dots_per_mm=7),
    "star-80": Profile("Star, 80 mm", 576),
    "star-58": Profile("Star, 58 mm", 384),
    "bixolon-80": Profile("Bixolon SRP-350, 80 mm", 512, code_pages=_BIXOLON, dots_per_mm=7),
    "bixolon-58": Profile("Bixolon, 58 mm", 384, code_pages=_BIXOLON),
    "rongta-80": Profile("Rongta, 80 mm", 576, code_pages=_RONGTA, chinese=True),
    "xprinter-80": Profile("Xprinter, 80 mm", 576, code_pages=_XPRINTER, chinese=True),
    "xprinter-58": Profile("Xprinter, 58 mm, no cutter", 384, code_pages=_XPRINTER, chinese=True, cutter=False),
    "zjiang-80": Profile("Zjiang or Netum, 80 mm", 576, code_pages=_ZJIANG, chinese=True),
    "zjiang-58": Profile("Zjiang or Netum, 58 mm, no cutter", 384, code_pages=_ZJIANG, chinese=True, cutter=False),
    "other-80": Profile("Other ESC/POS printer, 80 mm", 576, chinese=True),
    "other-80-tear": Profile("Other ESC/POS printer, 80 mm, no cutter", 576, chinese=True, cutter=False),
    "other-58": Profile("Other ESC/POS printer, 58 mm, no cutter", 384, chinese=True, cutter=False),
    "mute-80": Profile("Other ESC/POS printer, 80 mm, that never answers", 576, chinese=True, answers="none"),
    "mute-58": Profile(
        "Other ESC/POS printer, 58 mm, no cutter, that never answers", 384, chinese=True, cutter=False, answers="none"
    ),
}


def profile_of(kind: str, code_page: str | None = None) -> Profile:
    """A kind of printer, set to one of its code pages.

    Parameters
    ----------
    kind: a key of `PROFILES`.
    code_page: see `Profile.with_code_page`.

    Raises
    ------
    LookupError: nobody knows such a kind, or it has no such page. The argument is a sentence.
    """
    if kind not in PROFILES:
        raise LookupError(f"The printer is set up as {kind!r}, which nobody knows: choose another kind.")
    return PROFILES[kind].with_code_page(code_page)
