"""The commands of docs/operations.md about the standby: what people are told to type is what the tests carry out."""

import re
from pathlib import Path
from typing import NamedTuple

_CHAPTER = re.compile(r"^## A standby for the database\n(.*?)^## ", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```sh\n# on (db\d)\.example\b[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)

_NAME, _OTHER = re.compile(r"db[12]"), {"db1": "db2", "db2": "db1"}


class Block(NamedTuple):
    """Commands that belong together, and the machine on which they are typed: `db1` or `db2`."""

    machine: str
    commands: str

    def exchanged(self) -> "Block":
        """The same after the two have changed places."""
        return Block(*(_NAME.sub(lambda name: _OTHER[name[0]], each) for each in self))


def blocks(title: str) -> list[Block]:
    """Those below one of the chapter's headings, in order."""
    text = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    chapter = _CHAPTER.search(text)
    assert chapter, "docs/operations.md has no chapter about the standby any more"
    sections = dict(re.findall(r"^### ([^\n]*)\n(.*?)(?=^### |\Z)", chapter[1], re.MULTILINE | re.DOTALL))
    return [Block(*found) for found in _BLOCK.findall(sections[title])]
