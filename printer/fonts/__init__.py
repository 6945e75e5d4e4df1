"""The fonts that we carry along, and which of them draws which letters of a text.

    for run in runs("Кава ☕ שלום"):   # from left to right, as the eye sees them
        run.text, run.face, run.is_rtl

A run is drawn by something that shapes letters, in the direction that it names. Pillow does that only on machines that
have FriBidi, so slips are shaped and drawn by HarfBuzz, which comes in a wheel: see `drawing`.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import uharfbuzz

from printer.bidi import levels, visual
from printer.text import clusters, is_rtl

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Face:
    """One font file."""

    name: str
    #: Letters of so many strokes that they run together when they are made bold; its spaces are narrow.
    dense: bool = False

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.ttf"

    def has(self, letter: str) -> bool:
        return opened(self.path).get_nominal_glyph(ord(letter)) is not None


@functools.cache
def opened(path: Path) -> uharfbuzz.Font:
    """A font, one unit of it a unit."""
    return uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(path))))


MONO, SANS, BOLD = Face("DejaVuSansMono"), Face("DejaVuSans"), Face("DejaVuSans-Bold")
_SCRIPTS = (
    *("Thai", "Devanagari", "Bengali", "Tamil", "Telugu", "Gujarati", "Gurmukhi", "Kannada", "Malayalam", "Sinhala"),
    *("Khmer", "Myanmar", "Ethiopic", "Oriya"),
)
OTHERS = (
    *(Face(f"NotoSans{script}-Regular") for script in _SCRIPTS),
    Face("WenQuanYiMicroHei", dense=True),
    Face("NotoEmoji-Regular"),
)


@dataclass(frozen=True)
class Run:
    """Letters that one font draws in one direction."""

    text: str
    face: Face
    is_rtl: bool


def runs(text: str, first: tuple[Face, ...] = (MONO, SANS), *, rtl: bool | None = None) -> list[Run]:
    """A line's runs from left to right.

    Parameters
    ----------
    text: what `printer.text.seen` has left.
    first: the fonts to be preferred, best first.
    rtl: whether the line belongs to a text from right to left; None: as its own first letter says.
    """
    rtl = is_rtl(text) if rtl is None else rtl
    of_letters = levels(text, rtl)
    found: list[tuple[int, Run]] = []
    at = 0
    for cluster in clusters(text):
        level = of_letters[at]
        at += len(cluster)
        last = found[-1][1] if found else None
        face = last.face if last and cluster == " " and not last.face.dense else _face(cluster, first)
        if last and found[-1][0] == level and last.face == face:
            found[-1] = level, Run(last.text + cluster, face, last.is_rtl)
        else:
            found.append((level, Run(cluster, face, level % 2 == 1)))
    return [found[index][1] for index in visual([level for level, _ in found])]


def shaped(
    run: Run, features: Mapping[str, bool] | None = None
) -> tuple[Sequence[uharfbuzz.GlyphInfo], Sequence[uharfbuzz.GlyphPosition]]:
    """The glyphs that draw a run, from left to right, and where each stands, in units of its font."""
    buffer = uharfbuzz.Buffer()
    buffer.add_str(run.text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if run.is_rtl else "ltr"
    uharfbuzz.shape(opened(run.face.path), buffer, features)
    return buffer.glyph_infos, buffer.glyph_positions


def missing(text: str) -> list[str]:
    """The letters of a text that no font has, each once; they come out as boxes."""
    faces = (MONO, SANS, *OTHERS)
    return [letter for letter in dict.fromkeys(text) if letter != " " and not any(face.has(letter) for face in faces)]


@functools.lru_cache(10_000)
def _face(cluster: str, first: tuple[Face, ...]) -> Face:
    """The first that has the whole cluster, else its first letter; else the first of all, which draws a box."""
    # In a font of one width Arabic letters do not join well.
    faces = [face for face in (*first, *OTHERS) if not (face == MONO and is_rtl(cluster))]
    for part in (cluster, cluster[0]):
        for face in faces:
            if all(face.has(letter) for letter in part):
                return face
    return first[0]
