"""What runs on a board and what it says, under a checksum: bytes may get lost on the way."""

import ast
import binascii
import re
from typing import Any


class BoardFault(Exception):
    """What ran on the board failed there; `text` is its traceback."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Garbled(Exception):
    """Bytes were lost."""


def sealed(program: str) -> str:
    """A program that does not run where bytes of it were lost on the way."""
    seal = binascii.crc32(program.encode())
    return f"import binascii\np={program!r}\nif binascii.crc32(p.encode())!={seal}:raise ValueError('garbled')\nexec(p)"


def said(output: bytes) -> list[Any]:
    """The values that came over whole; one at the least."""
    lines = re.findall(r"^= ([0-9a-f]{8}) (.*?)\r?$", output.decode(errors="replace"), re.MULTILINE)
    values = [ast.literal_eval(text) for seal, text in lines if int(seal, 16) == binascii.crc32(text.encode())]
    if not values:
        raise Garbled
    return values


def judged(fault: str) -> Exception:
    """What a traceback on the board means: bytes were lost, or it could not be done."""
    lost = re.search(r"^(KeyboardInterrupt|NameError|ValueError: garbled)", fault, re.MULTILINE)
    # Only what is within has come over whole.
    return BoardFault(fault) if 'File "<string>"' in fault and not lost else Garbled()
