"""A picture of every page, and docs/pages.md with all of them; part of `make pictures`."""

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from collector import migrations
from collector.database import make_engine
from collector.settings import Settings
from collector.up.postgres import running
from tests.browser import Colours, chromium
from tests.conftest import port_settings
from tests.gallery.document import FOLDER, PHONE, files, text
from tests.gallery.pages import Group, groups
from tests.gallery.show import Show, shown

#: Of a picture, so that the folder stays small; the longest pages are cut off below.
LARGEST = 60_000
TALLEST = 1600
#: Wait for those that are loaded only now that there is room for them.
_IMAGES = """() => Promise.all([...document.images]
    .filter((each) => each.getBoundingClientRect().top < innerHeight).map((each) => each.decode()))"""


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    drawn = {name for group in groups() for page in group.pages for name, _ in files(page)}
    for old in FOLDER.iterdir():
        if old.name not in drawn:
            old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(environ={}, data=Path(folder), **port_settings())
        with running(settings):
            migrations.upgrade(engine := make_engine(settings))
            engine.dispose()
            with shown(settings) as show, chromium() as browser:
                for group in groups():
                    draw(show, browser, group)
    FOLDER.parent.with_name("pages.md").write_text(text(), encoding="utf-8")


def draw(show: Show, browser: Browser, group: Group) -> None:
    looks: tuple[tuple[str, int, Colours], ...] = (("", 1280, "light"), (PHONE, 390, "dark"))
    for ending, width, colours in looks:
        with show.window(browser, group.reader, width, colours) as context:
            window = context.new_page()
            for page in group.pages:
                if page.is_main or not ending:
                    window.goto(show.url(page))
                    (FOLDER / f"{page.name}{ending}.webp").write_bytes(picture(window))


def picture(window: Page) -> bytes:
    """What a window shows, in as good a picture as its bytes allow."""
    window.wait_for_load_state("load")
    size = window.viewport_size
    if size is None:
        raise SystemExit("A window has a size.")
    tall = int(window.evaluate("document.documentElement.scrollHeight"))
    window.set_viewport_size({"width": size["width"], "height": min(max(tall, 480), TALLEST)})
    window.evaluate(_IMAGES)
    image = Image.open(io.BytesIO(window.screenshot()))
    window.set_viewport_size(size)
    return next(each for each in _ever_smaller(image) if len(each) <= LARGEST)


def _ever_smaller(image: Image.Image) -> Iterator[bytes]:
    for quality, share in ((82, 1.0), (70, 1.0), (55, 1.0), (60, 0.75), (50, 0.5)):
        file = io.BytesIO()
        size = round(image.width * share), round(image.height * share)
        image.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(file, "WEBP", quality=quality)
        yield file.getvalue()


if __name__ == "__main__":
    main()
