"""Columns for `unnest`, packed as PostgreSQL's binary arrays.

psycopg takes a list element by element, which costs more than the server needs to insert the rows; these are packed as
a whole, in a tenth of that time. They know no NULL.
"""

import struct
import sys
from array import array
from collections.abc import Sequence
from typing import ClassVar

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

#: PostgreSQL counts its moments, in µs, from 2000 on; this is that moment in ms since 1970.
EPOCH = 946_684_800_000


class Packed(bytes):
    """A one-dimensional array as PostgreSQL sends and receives it (src/backend/utils/adt/arrayfuncs.c, array_recv)."""

    array_oid: ClassVar[int]


class Ints(Packed):
    """int4[]"""

    array_oid = 1007


class Longs(Packed):
    """int8[]"""

    array_oid = 1016


def ints(values: Sequence[int]) -> Ints:
    """int4[] of numbers."""
    items = array("i", [4]) * (2 * len(values))
    items[1::2] = array("i", values)
    return Ints(_packed(23, len(values), items))


def longs(values: Sequence[int]) -> Longs:
    """int8[] of numbers."""
    return Longs(_packed(20, len(values), _long_items(array("q", values))))


def _long_items(values: "array[int]") -> "array[int]":
    """Each as three words: its length in bytes, then its high and its low half."""
    halves = array("i", values.tobytes())
    low, high = (halves[0::2], halves[1::2]) if sys.byteorder == "little" else (halves[1::2], halves[0::2])
    items = array("i", [8]) * (3 * len(values))
    items[1::3], items[2::3] = high, low
    return items


def _packed(element_oid: int, count: int, items: "array[int]") -> bytes:
    if sys.byteorder == "little":
        items.byteswap()
    if not count:
        return struct.pack(">iii", 0, 0, element_oid)
    dimensions, nulls, first_index = 1, 0, 1
    return struct.pack(">iiiii", dimensions, nulls, element_oid, count, first_index) + items.tobytes()


def _register(kind: type[Packed]) -> None:
    class PackedDumper(Dumper):
        format = Format.BINARY
        oid = kind.array_oid

        def dump(self, obj: Packed) -> Packed:
            return obj

    psycopg.adapters.register_dumper(kind, PackedDumper)


for _kind in (Ints, Longs):
    _register(_kind)
