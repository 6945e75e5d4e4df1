"""A kiosk's page, where its life is told: notes, photos, its label, and what becomes of it. Without JavaScript."""

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Engine, insert, select, update
from werkzeug.test import TestResponse

from collector.audit.tables import audit
from collector.fleet.credentials import new_secret
from collector.fleet.registry import acceptance
from collector.fleet.registry.changes import Wanted, make
from collector.fleet.registry.enrolment import move
from collector.fleet.registry.photos import LARGEST_SENT, MOST, SIDE
from collector.fleet.tables import kiosk, kiosk_placement, touchpoint_photo
from collector.queue.tables import job
from collector.settings import Settings
from collector.slips.tables import printer
from collector.surveys.default import ensure_default
from tests.collector.console.test_store_page import words
from tests.collector.pages import send
from tests.factories import NOW, Shop, make_kiosk, make_shop

Browser = Callable[[int], FlaskClient]
TOO_WEAK = "-88 dBm is too weak to last. Hang it nearer to the access point, or turn it (-75 dBm or stronger)."
STEPS = [
    {"name": "Button 1", "passed": True, "said": None, "seconds": 1.5},
    {"name": "Wi-Fi", "passed": False, "said": TOO_WEAK, "seconds": 4.0},
]


@pytest.fixture
def hilltop(engine: Engine, riverside: Shop) -> Shop:
    """A store in another region, with a kiosk."""
    with engine.begin() as connection:
        shop = make_shop(connection, "Hilltop", beside=riverside)
        make_kiosk(connection, shop, "hill-1")
    return shop


@pytest.fixture
def exit_1(engine: Engine, settings: Settings, riverside: Shop) -> str:
    """A kiosk at Riverside's exit that has a secret and was not heard yet."""
    with engine.begin() as connection:
        ensure_default(connection)
        make(connection, settings, Wanted(riverside.exit, "exit-1", "pico_w"))
        new_secret(connection, settings, "exit-1")
        connection.execute(update(kiosk_placement).values(since=NOW - timedelta(days=3)))
    return "/kiosks/exit-1"


def photo(side: int = 40, kind: str = "JPEG") -> bytes:
    """As a phone takes it: with where it was, and what it was taken with."""
    picture, file = Image.new("RGB", (side, side // 2), "red"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Phone maker"
    exif.get_ifd(0x8825)[2] = (49.0, 50.0, 0.0)
    picture.save(file, kind, exif=exif, **({"comment": b"Kateryna's phone"} if kind == "JPEG" else {}))
    return file.getvalue()


def upload(client: FlaskClient, path: str, content: bytes, name: str = "photo.jpg") -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert token
    # Made by hand: werkzeug's own client leaves large ones open.
    parts = [
        f'--limit\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token[1]}\r\n',
        f'--limit\r\nContent-Disposition: form-data; name="photo"; filename="{name}"\r\n\r\n',
    ]
    body = "".join(parts).encode() + content + b"\r\n--limit--\r\n"
    return client.post(f"{path}/photos", data=body, content_type="multipart/form-data; boundary=limit")


def test_where_a_kiosk_stood(
    browser: Browser, engine: Engine, settings: Settings, riverside: Shop, hilltop: Shop, exit_1: str
) -> None:
    with engine.begin() as connection:
        move(connection, settings, "exit-1", hilltop.checkout)
        connection.execute(
            update(kiosk_placement).where(kiosk_placement.c.until.is_not(None)).values(until=NOW - timedelta(days=1))
        )
        newest = kiosk_placement.c.kiosk_id == "exit-1", kiosk_placement.c.until.is_(None)
        connection.execute(update(kiosk_placement).where(*newest).values(since=NOW - timedelta(days=1)))
    page = words(browser(riverside.organisation).get(exit_1).text)
    assert "Checkout · Hilltop since yesterday 11:52 Exit · Riverside 19 Nov 11:52 to yesterday 11:52" in page
    # Who sees the new place alone does not learn of the old one.
    page = words(browser(hilltop.region).get(exit_1).text)
    assert "at another place 19 Nov 11:52 to yesterday 11:52" in page
    assert "Riverside" not in page


def test_how_it_was_tested(browser: Browser, engine: Engine, riverside: Shop, exit_1: str) -> None:
    client = browser(riverside.store)
    assert "Nobody has tested it yet." in words(client.get(exit_1).text)
    assert "Exit · Riverside · never tested ○ enrolled, not heard from yet" in words(client.get("/kiosks").text)
    found = {"passed": False, "board": "pico_w", "firmware": "0.3.0", "steps": STEPS}
    with engine.begin() as connection:
        acceptance.keep(connection, "exit-1", found, "Oksana", "a")
    page = words(client.get(exit_1).text)
    assert "○ not passed Oksana" in page
    assert f"✓ Button 1 2 s ○ Wi-Fi {TOO_WEAK.replace('-', '−')} · 4 s" in page
    assert "did not pass its test" in words(client.get("/kiosks").text)
    with engine.begin() as connection:
        acceptance.keep(connection, "exit-1", {**found, "passed": True, "steps": STEPS[:1]}, "Oksana", "b")
    assert "tested" not in words(client.get("/kiosks").text)


def test_notes_stay(browser: Browser, riverside: Shop, exit_1: str) -> None:
    client = browser(riverside.store)
    form = {"key": "one", "text": "  Its plug is behind the <b>flower shelf</b>.\r\nAsk for the ladder.  "}
    for _ in range(2):  # a double tap
        assert send(client, f"{exit_1}", **form).status_code == 405
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(exit_1).text)
        assert token
        answer = client.post(f"{exit_1}/notes", data={**form, "csrf_token": token[1]})
        assert answer.headers["Location"] == f"{exit_1}#notes"
    page = client.get(exit_1).text
    shown = "Its plug is behind the &lt;b&gt;flower shelf&lt;/b&gt;.\nAsk for the ladder."
    assert page.count(f"<blockquote>{shown}</blockquote>") == 1
    for refused in ("", " ", "x" * 1001):
        client.post(f"{exit_1}/notes", data={"csrf_token": token[1], "key": "two", "text": refused})
        page = client.get(exit_1).text
        assert (page.count("<blockquote>"), "at most 1000 letters" in page) == (1, True)


def test_photos_of_the_place(browser: Browser, engine: Engine, riverside: Shop, exit_1: str) -> None:
    client = browser(riverside.store)
    for content in (photo(3000), photo(3000), photo(50, "PNG")):  # one of them twice
        assert upload(client, exit_1, content).headers["Location"] == f"{exit_1}#photos"
    sources = re.findall(r'<img src="([^"]+)"', client.get(exit_1).text)
    assert len(sources) == 2
    for source, width in zip(sources, (50, SIDE), strict=True):
        shown = client.get(source)
        assert shown.content_type == "image/jpeg"
        with Image.open(io.BytesIO(shown.data)) as kept:
            assert (kept.format, kept.width, len(kept.getexif())) == ("JPEG", width, 0)
        for word in (b"Phone maker", b"Kateryna", b"Exif", b"GPS"):
            assert word not in shown.data
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(exit_1).text)
    assert token
    path = sources[0].removesuffix(".jpg")
    assert client.post(f"{path}/remove", data={"csrf_token": token[1]}).status_code == 302
    assert client.get(sources[0]).status_code == 404
    assert client.get(sources[1]).status_code == 200


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", b"<svg/>", photo()[:200], b"\xff\xd8" + bytes(LARGEST_SENT)], ids=range(5)
)
def test_what_is_no_photo_is_not_kept(
    browser: Browser, engine: Engine, riverside: Shop, exit_1: str, content: bytes
) -> None:
    client = browser(riverside.store)
    assert upload(client, exit_1, content).status_code == 302
    assert "send a JPEG or PNG photo of at most 5 MB" in client.get(exit_1).text
    with engine.connect() as connection:
        assert connection.execute(select(touchpoint_photo.c.id)).all() == []


def test_photos_have_an_end(browser: Browser, engine: Engine, riverside: Shop, exit_1: str) -> None:
    client = browser(riverside.store)
    with engine.begin() as connection:
        values = {"touchpoint_id": riverside.exit, "author": "x"}
        for number in range(MOST):
            connection.execute(insert(touchpoint_photo).values(content=bytes([number]), **values))
    assert "Add a photo" not in client.get(exit_1).text
    upload(client, exit_1, photo())
    assert f"This place has {MOST} photos." in client.get(exit_1).text


def test_who_is_not_signed_in_sends_nothing_large(visitor: FlaskClient, exit_1: str) -> None:
    body = b'--limit\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n' + bytes(2**20)
    answer = visitor.post(f"{exit_1}/photos", data=body, content_type="multipart/form-data; boundary=limit")
    assert answer.status_code == 413


def test_a_kiosk_is_retired_after_a_question(browser: Browser, engine: Engine, riverside: Shop, exit_1: str) -> None:
    client = browser(riverside.store)
    asked = words(client.get(f"{exit_1}/retire").text)
    assert "It is cut off at once and for good" in asked
    answer = send(client, f"{exit_1}/retire", why="stolen", comment="The screws are gone, too.")
    assert answer.headers["Location"] == f"{exit_1}#life"
    page = words(client.get(exit_1).text)
    assert "stolen, retired 11:52" in page
    assert "The screws are gone, too." in page
    assert not {"Move it", "Broken, lost, stolen, not needed"} & set(re.findall(r"Move it|Broken, [a-z, ]+", page))
    assert "Replace it" in page
    assert "stolen, retired 11:52" in words(client.get("/kiosks").text)
    for path in ("retire", "move"):
        assert client.get(f"{exit_1}/{path}").status_code == 404
    page = words(client.get("/audit").text)
    assert re.search(r"account-\d+ retired exit-1 Riverside", page)


def test_a_kiosk_is_moved(browser: Browser, engine: Engine, riverside: Shop, hilltop: Shop, exit_1: str) -> None:
    client = browser(riverside.store)
    offered = client.get(f"{exit_1}/move").text
    assert ("Checkout · Riverside" in offered, "Hilltop" in offered) == (True, False)
    assert send(client, f"{exit_1}/move", touchpoint=str(hilltop.exit)).status_code == 404
    assert send(client, f"{exit_1}/move", touchpoint=str(riverside.checkout)).status_code == 302
    assert "Checkout · Riverside since" in words(client.get(exit_1).text)


def test_a_kiosk_is_replaced(
    browser: Browser, engine: Engine, settings: Settings, riverside: Shop, hilltop: Shop, exit_1: str
) -> None:
    client = browser(riverside.store)
    assert "There is no other kiosk yet." in client.get(f"{exit_1}/replace").text
    with engine.begin() as connection:
        new, _ = make(connection, settings, Wanted(riverside.checkout))
    # Elsewhere only those that nobody needs there are offered; any other by its id.
    everywhere = browser(riverside.organisation)
    with engine.begin() as connection:
        make(connection, settings, Wanted(hilltop.exit, "spare-1"))
    found = everywhere.get(f"{exit_1}/replace").text
    assert ('value="spare-1"' in found, 'value="hill-1"' in found) == (True, False)
    assert send(everywhere, f"{exit_1}/replace", by=new, other="hill-9").status_code == 404
    offered = client.get(f"{exit_1}/replace").text
    assert (f"{new} · Checkout · Riverside · made" in offered, "hill-1" in offered) == (True, False)
    assert send(client, f"{exit_1}/replace", by="hill-1").status_code == 404
    answer = send(client, f"{exit_1}/replace", by=new, comment="Water came in.")
    assert answer.headers["Location"] == f"/kiosks/{new}#life"
    assert f"{new} stands in the place of exit-1 now." in client.get(f"/kiosks/{new}").text
    assert "Exit · Riverside since" in words(client.get(f"/kiosks/{new}").text)
    old = client.get(exit_1).text
    assert f'<a href="/kiosks/{new}">' in old
    assert f"retired 11:52; {new} stands in its place" in words(old)
    assert client.get(f"{exit_1}/replace").status_code == 404


def test_its_label(browser: Browser, engine: Engine, riverside: Shop, hilltop: Shop, exit_1: str) -> None:
    client = browser(riverside.store)
    assert client.get(f"{exit_1}/label.pdf").data.startswith(b"%PDF-")
    with engine.begin() as connection:
        values = {"address": "tcp://127.0.0.1:1", "profile": "epson-80"}
        for name, store in (("Counter", riverside.store), ("Hill", hilltop.store)):
            connection.execute(insert(printer).values(store_id=store, name=name, **values))
        ids = dict(connection.execute(select(printer.c.name, printer.c.id)).all())
    page = client.get(exit_1).text
    assert ("Print at Counter" in page, "Print at Hill" in page) == (True, False)
    form = dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', page.partition("/label")[2]))
    for _ in range(2):
        assert client.post(f"{exit_1}/label", data={**form, "printer": ids["Counter"]}).status_code == 302
    assert "The label is on its way to the printer at Counter." in client.get(exit_1).text
    with engine.connect() as connection:
        assert len(connection.execute(select(job.c.id)).all()) == 1
    assert "Label · exit-1 · Counter" in words(client.get(f"/stores/{riverside.store}/print-jobs").text)
    assert client.post(f"{exit_1}/label", data={**form, "printer": ids["Hill"]}).status_code == 404


def test_nobody_reaches_beyond_their_place(browser: Browser, engine: Engine, riverside: Shop, hilltop: Shop) -> None:
    with engine.begin() as connection:
        values = {"touchpoint_id": hilltop.exit, "content": photo(), "author": "x"}
        photo_id = connection.scalar(insert(touchpoint_photo).values(values).returning(touchpoint_photo.c.id))
    client = browser(riverside.region)
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)
    assert token
    form = {"csrf_token": token[1], "key": "a", "why": "lost", "text": "Hello", "touchpoint": str(riverside.exit)}
    for path in ("move", "replace", "retire", "label.pdf", f"photos/{photo_id}.jpg"):
        assert client.get(f"/kiosks/hill-1/{path}").status_code == 404
    for path in ("move", "replace", "retire", "label", "notes", "photos", f"photos/{photo_id}/remove"):
        assert client.post(f"/kiosks/hill-1/{path}", data=form).status_code == 404
        assert client.post(f"/kiosks/hill-1/{path}", data={**form, "csrf_token": ""}).status_code == 400
    with engine.connect() as connection:
        assert connection.execute(select(kiosk.c.state).where(kiosk.c.id == "hill-1")).scalar_one() == "enrolled"
        assert len(connection.execute(select(touchpoint_photo.c.id)).all()) == 1
        assert connection.execute(select(audit)).all() == []
