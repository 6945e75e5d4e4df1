"""How bytes go over the cable: compressed, and in lines that nothing on the way takes for a command.

The board asks (`asking.py`), and the computer answers and says nothing of its own accord: while flash is written some
boards would lose what comes. Each question has a number, and each answer a checksum with the question in it: what was
lost is asked for again, and a late answer is not taken for the next one.

Some bytes never occur in an answer: the end of a line, and what means something to a REPL. Others stand for those, and
the answer says which. So Ctrl-C always gets through, and a board whose cable was pulled is not deaf at the next one.
"""

import binascii
import zlib

#: Bytes that never go over the cable within a line: its end, and what means something to a REPL. (As in `asking.py`.)
NEVER = b"\n\x01\x02\x03\x04\x05"
#: Bytes in a line, at most; with more, no others would be left to stand for those that never go.
LINE = 640
_WINDOW = 12  # 2^12: so much memory it takes to unpack (as in `asking.py`)


def packed(data: bytes) -> bytes:
    """Bytes, compressed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -_WINDOW, 9)
    return packer.compress(data) + packer.flush()


def piece(data: bytes, offset: int) -> bytes:
    """As many bytes from there on as one line takes."""
    size = LINE
    while len(free_values(data[offset : offset + size])) < len(NEVER):
        size //= 2
    return data[offset : offset + size]


def line(question: str, data: bytes) -> bytes:
    """The answer to a question, as a line."""
    others = free_values(data)[: len(NEVER)]
    for byte, other in zip(NEVER, others, strict=True):
        data = data.replace(bytes([byte]), bytes([other]))
    names = others.hex().encode()
    seal = binascii.crc32(question.encode() + names + data)
    return b"%08x %s %s %s\n" % (seal, question.split(maxsplit=1)[0].encode(), names, data)


def free_values(data: bytes) -> bytes:
    """The values that no byte has, and that may go over the cable."""
    return bytes(sorted({*range(256)} - {*data, *NEVER}))
