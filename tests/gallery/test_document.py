"""The gallery in docs/ says what the list of pages says, and has a picture of each."""

from tests.gallery.document import FOLDER, files, text
from tests.gallery.pages import groups

#: Of one picture, bytes.
LARGEST = 60_000


def test_gallery() -> None:
    written = (FOLDER.parents[1] / "pages.md").read_text(encoding="utf-8")
    assert written == text(), "Pages have changed: `make pictures` draws them anew."
    drawn = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert set(drawn) == {name for group in groups() for page in group.pages for name, _ in files(page)}
    assert max(drawn.values()) <= LARGEST
