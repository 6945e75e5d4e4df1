"""Every page of the collector, read from pages.txt: what it is called, where it is, who looks at it, what it is for.

A page that is not in it fails the sweep (test_every_page).
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

LIST = Path(__file__).with_name("pages.txt")


class Page(NamedTuple):
    #: Also of its picture.
    name: str
    #: `{…}` in it is a place or a thing of tests.gallery.show.
    path: str
    #: One sentence.
    says: str
    #: Among the most used: drawn on a phone by night, too, and held to everything by day and by night.
    is_main: bool

    @property
    def shown_path(self) -> str:
        """The address as a document has it."""
        return re.sub(r"{[^}]+}", "…", self.path.partition("?")[0])


class Group(NamedTuple):
    """The pages of somebody."""

    title: str
    #: Whose session they have (tests.gallery.work.PEOPLE); "": nobody is signed in.
    reader: str
    pages: Sequence[Page]


def groups() -> list[Group]:
    return list(_read(LIST.read_text(encoding="utf-8")))


def _read(text: str) -> Iterator[Group]:
    """A group begins with `# title: reader`; a page a line, its parts apart by two spaces or more, and a * after the
    name where it is among the most used."""
    for part in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        head, *lines = filter(None, part.splitlines())
        title, _, reader = head.partition(":")
        split = (re.split(r" {2,}", line, maxsplit=2) for line in lines)
        pages = [Page(name.rstrip("*"), path, says, name.endswith("*")) for name, path, says in split]
        yield Group(title, reader.strip(), pages)
