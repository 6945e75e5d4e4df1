"""Makes of receipt printers that the virtual one can be: what each understands, and how it counts its code pages.

The numbers of the code pages are those of the makers, as python-escpos' tables have them too. They are written down
here once more on purpose: a printer's own idea of them must not come from the program that prints on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_EPSON = {
    **{0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 13: "cp857", 14: "cp737", 15: "iso8859-7"},
    **{16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858", 32: "cp720", 33: "cp775", 34: "cp855", 35: "cp861"},
    **{36: "cp862", 37: "cp864", 38: "cp869", 39: "iso8859-2", 40: "iso8859-15", 44: "cp1125", 45: "cp1250"},
    **{46: "cp1251", 47: "cp1253", 48: "cp1254", 49: "cp1255", 50: "cp1256", 51: "cp1257", 52: "cp1258"},
    53: "kz1048",
}
#: POS-5890, NT-5890K, NT-80, P822D: one board in many housings.
_ZJIANG = {
    **{0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 16: "cp1252", 17: "cp866", 18: "cp852"},
    **{19: "cp858", 25: "cp1257", 27: "cp1258", 28: "cp864", 32: "cp1255", 50: "cp437", 52: "cp437", 53: "cp858"},
    **{54: "cp852", 55: "cp860", 56: "cp861", 57: "cp863", 58: "cp865", 59: "cp866", 60: "cp855", 61: "cp857"},
    **{62: "cp862", 63: "cp864", 64: "cp737", 66: "cp869", 71: "cp1252", 72: "cp1250", 73: "cp1251", 90: "cp1253"},
    **{91: "cp1254", 92: "cp1256", 93: "cp720", 94: "cp1258", 95: "cp775"},
}
_RONGTA = {
    **{0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 6: "cp1251", 7: "cp866", 15: "cp862"},
    **{16: "cp1252", 17: "cp1253", 18: "cp852", 19: "cp858", 23: "iso8859-1", 24: "cp737", 25: "cp1257"},
    **{27: "cp720", 28: "cp855", 29: "cp857", 30: "cp1250", 31: "cp775", 32: "cp1254", 33: "cp1255", 34: "cp1256"},
    **{35: "cp1258", 36: "iso8859-2", 37: "iso8859-3", 38: "iso8859-4", 39: "iso8859-5", 40: "iso8859-6"},
    **{41: "iso8859-7", 42: "iso8859-8", 43: "iso8859-9", 44: "iso8859-15", 46: "cp856", 47: "cp874"},
}
_STAR = {
    **{0: "cp437", 1: "cp437", 3: "cp437", 4: "cp858", 5: "cp852", 6: "cp860", 7: "cp861", 8: "cp863", 9: "cp865"},
    **{10: "cp866", 11: "cp855", 12: "cp857", 13: "cp862", 14: "cp864", 15: "cp737", 17: "cp869", 21: "cp874"},
    **{32: "cp1252", 33: "cp1250", 34: "cp1251"},
}


@dataclass(frozen=True)
class Model:
    """What a make understands."""

    maker: str
    name: str
    code_pages: Mapping[int, str]
    #: Begins in Chinese mode: two bytes above 127 are one letter.
    chinese: bool = False
    native_qr: bool = True
    #: Dots a module, at most.
    largest_module: int = 16
    #: Answers `GS ( H` and `GS I`.
    tells: bool = True
    cutter: bool = True


EPSON = Model("EPSON", "TM-T20III", _EPSON)
POS_5890 = Model("Zjiang", "POS-5890", _ZJIANG, chinese=True, native_qr=False, tells=False, cutter=False)
RONGTA = Model("Rongta", "RP326", _RONGTA, chinese=True, largest_module=8, tells=False)
STAR = Model("Star", "TSP600", _STAR, native_qr=False, tells=False)
MODELS = {"epson": EPSON, "pos-5890": POS_5890, "rongta": RONGTA, "star": STAR}
