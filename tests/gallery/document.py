"""The text of docs/pages.md: every page with its picture, by who uses it. `make pictures` writes it."""

from collections.abc import Iterator
from pathlib import Path

from tests.gallery.pages import Group, Page, groups

FOLDER = Path(__file__).parents[2] / "docs" / "pictures" / "pages"
#: What the name of a picture on a phone ends with.
PHONE = "-phone"

_HEAD = """\
# Every page

Made by `make pictures` from tests/gallery/pages.txt and the running product: Sunrise Market, an organisation with three
stores that has heard its customers for six weeks, on a Sunday at 11:52. The most used pages are shown on a phone by
night, too. `tests/gallery/test_every_page.py` opens each of them and lets axe-core look at it.
"""


def text() -> str:
    return "\n".join([_HEAD, *(line for group in groups() for line in _group(group))])


def _group(group: Group) -> Iterator[str]:
    yield f"## {group.title}\n"
    for page in group.pages:
        yield f"**`{page.shown_path}`** {page.says}\n"
        yield " ".join(
            f'<img src="pictures/pages/{file}" width="{width}" alt="{page.name}">' for file, width in files(page)
        )
        yield ""


def files(page: Page) -> list[tuple[str, int]]:
    """The pictures of a page, and how wide they are shown."""
    wide = [(f"{page.name}.webp", 560)]
    return [*wide, (f"{page.name}{PHONE}.webp", 180)] if page.is_main else wide
