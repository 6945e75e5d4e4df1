"""How slips look: each place may say, and what it does not say the place above it says."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import zxingcpp
from flask.testing import FlaskClient
from PIL import Image, ImageDraw
from PIL.ExifTags import Base
from sqlalchemy import Engine, select, update
from werkzeug.test import TestResponse

from collector.places.tables import place
from collector.queue.tables import job
from collector.settings import Settings
from collector.slips import style
from collector.slips.review import issue_review_slip
from collector.slips.spool import slip_of
from collector.slips.tables import slip_style
from printer.logo import drawn
from printer.slip import Slip
from tests.collector.customers import words
from tests.factories import NOW, Shop, make_shop

Browser = Callable[[int], FlaskClient]


def picture(size: tuple[int, int] = (400, 200), colour: str = "#14405a", kind: str = "PNG", mode: str = "RGB") -> bytes:
    """A shop's logo: a disc and a square."""
    image = Image.new(mode, size, "white" if mode == "RGB" else (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((10, 10, size[1] - 10, size[1] - 10), fill=colour)
    draw.rectangle((size[1] + 10, 10, size[0] - 10, size[1] - 10), fill=colour)
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def choose(client: FlaskClient, place_id: int, logo: bytes | None = None, **typed: Any) -> TestResponse:
    """Fill in the form and send it."""
    path = f"/places/{place_id}/slips"
    token = re.findall(r'name="csrf_token" value="([^"]+)"', client.get(path).text)[0]
    data: dict[str, Any] = {"csrf_token": token, "language": "", **typed}
    if logo is not None:
        data["logo"] = (io.BytesIO(logo), "logo.png")
    return client.post(path, data=data, content_type="multipart/form-data")


@pytest.fixture
def issue(engine: Engine, settings: Settings) -> Callable[..., Slip]:
    """Has a slip of a store queued, and returns it."""

    def queue(store_id: int, printer_id: int, key: str, **asked: Any) -> Slip:
        with engine.begin() as connection:
            issued = issue_review_slip(connection, settings, store_id, printer_id, key=key, now=NOW, **asked)
            payload = connection.execute(select(job.c.payload).where(job.c.id == issued.job_id)).scalar_one()
        slip = slip_of(payload)
        assert slip
        return slip

    return queue


def test_the_nearest_place_decides(
    browser: Browser, engine: Engine, riverside: Shop, counter: int, issue: Callable[..., Slip]
) -> None:
    assert (issue(riverside.store, counter, "a").language, issue(riverside.store, counter, "b").logo) == ("uk", None)
    head = browser(riverside.organisation)
    assert choose(head, riverside.organisation, picture(), language="pl").status_code == 302
    choose(head, riverside.store, language="en")
    slip = issue(riverside.store, counter, "c")
    assert (slip.language, slip.invitation) == ("en", "How was it today? Scan and tell us: it takes half a minute.")
    assert slip.logo
    assert drawn(slip.logo).height <= 36
    assert issue(riverside.store, counter, "d", language="de").language == "de"
    choose(head, riverside.store)
    assert issue(riverside.store, counter, "e").language == "pl"
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
        assert style.style_of(connection, hillside.store).language == "pl"
        assert style.above(connection, hillside.store) == [hillside.region, riverside.organisation]


def test_the_page_shows_what_is_chosen_and_the_slip(browser: Browser, riverside: Shop) -> None:
    own, path = browser(riverside.store), f"/places/{riverside.store}/slips"
    choose(browser(riverside.organisation), riverside.organisation, picture(), language="de")
    shown = words(own.get(path))
    assert "as above this place: German" in shown
    assert "Now it is the one from above this place." in shown
    assert "For all below another place" not in shown  # nothing above is theirs to see
    choose(own, riverside.store, picture((300, 120)), language="en")
    assert '<option value="en" selected>' in own.get(path).text
    assert "Without this logo" in words(own.get(path))
    head = words(browser(riverside.organisation).get(f"/places/{riverside.region}/slips"))
    assert "Now it is the logo of Smilepost." in head
    head = words(browser(riverside.organisation).get(path))
    assert "For all below another place: Region of Riverside · Smilepost" in head
    preview = own.get(f"{path}/preview.png")
    assert preview.mimetype == "image/png"
    image = Image.open(io.BytesIO(preview.data))
    assert (image.width, image.mode) == (384, "1")
    [code] = zxingcpp.read_barcodes(image.convert("L").resize((image.width * 2, image.height * 2)))
    assert code.text.endswith("A" * 28)
    choose(own, riverside.store, no_logo="1", language="en")
    assert "Now it is the one from above this place." in words(own.get(path))


def test_a_logo_is_kept_black_on_white_and_no_larger_than_a_poster_needs(
    browser: Browser, engine: Engine, riverside: Shop
) -> None:
    for each in (picture((3000, 1000)), picture(mode="RGBA"), picture(kind="JPEG"), picture((60, 30))):
        assert choose(browser(riverside.store), riverside.store, each).status_code == 302
        with engine.connect() as connection:
            kept = Image.open(io.BytesIO(connection.execute(select(slip_style.c.logo)).scalar_one()))
        assert (kept.mode, kept.format) == ("1", "PNG")
        assert kept.width <= 800
        assert kept.height <= 320
        assert kept.getpixel((0, 0)) == 255
        assert kept.getpixel((kept.width - 1, kept.height // 2)) == 0  # the white around it is gone


@pytest.mark.parametrize(
    ("logo", "said"),
    [
        (b"GIF?", "The file is no picture that can be read"),
        (b"", "The file is no picture that can be read"),
        (picture()[:200], "The file is no picture that can be read"),
        (picture(colour="#fff8f0"), "nothing dark in it"),
        (picture((3000, 2000)), "The picture is too large"),
        (picture() + bytes(64 * 1024), "The file is too large: take one of at most 64 KiB."),
    ],
)
def test_what_is_no_logo_changes_nothing(
    browser: Browser, engine: Engine, riverside: Shop, logo: bytes, said: str
) -> None:
    refused = choose(browser(riverside.store), riverside.store, logo, language="pl")
    assert (refused.status_code, said in words(refused)) == (422, True), words(refused)
    with engine.connect() as connection:
        assert connection.execute(select(slip_style)).all() == []


def test_a_photographed_logo_stands_upright(browser: Browser, engine: Engine, riverside: Shop) -> None:
    lying = Image.open(io.BytesIO(picture())).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[Base.Orientation] = 6  # the camera was held upright
    file = io.BytesIO()
    lying.save(file, "JPEG", exif=exif)
    assert choose(browser(riverside.store), riverside.store, file.getvalue()).status_code == 302
    with engine.connect() as connection:
        kept = Image.open(io.BytesIO(connection.execute(select(slip_style.c.logo)).scalar_one()))
    assert kept.width > 1.5 * kept.height


@pytest.mark.parametrize(("name", "boxes"), [("Річкова 咖啡 🦊", None), ("River\ue123side", "\ue123")])
def test_letters_that_no_font_has_are_told_of(
    browser: Browser, engine: Engine, riverside: Shop, name: str, boxes: str | None
) -> None:
    with engine.begin() as connection:
        connection.execute(update(place).where(place.c.id == riverside.store).values(name=name))
    shown = words(browser(riverside.store).get(f"/places/{riverside.store}/slips"))
    assert ("on paper they are boxes" in shown) == bool(boxes)
    assert not boxes or f"No font here has {boxes}: on paper they are boxes." in shown


def test_far_too_large_a_file_is_refused_unread(browser: Browser, riverside: Shop) -> None:
    assert choose(browser(riverside.store), riverside.store, bytes(200 * 1024)).status_code == 413


def test_each_chooses_for_their_own_place(
    browser: Browser, visitor: FlaskClient, engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        hillside = make_shop(connection, "Hillside", beside=riverside)
    neighbour, path = browser(hillside.region), f"/places/{riverside.store}/slips"
    token = re.findall(r'name="csrf_token" value="([^"]+)"', neighbour.get(f"/places/{hillside.store}/slips").text)[0]
    for each in (riverside.store, riverside.region, riverside.organisation):
        assert neighbour.get(f"/places/{each}/slips").status_code == 404
        assert neighbour.get(f"/places/{each}/slips/preview.png").status_code == 404
        data = {"csrf_token": token, "language": "pl"}
        assert neighbour.post(f"/places/{each}/slips", data=data).status_code == 404
    assert choose(browser(riverside.store), riverside.store, language="tlh").status_code == 400
    assert "/sign-in" in visitor.get(path).location
    with engine.connect() as connection:
        assert connection.execute(select(slip_style)).all() == []
