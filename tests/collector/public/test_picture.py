"""Pictures that customers send of what went wrong: as their phones make them, and nothing else."""

import io
import random
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Engine, func, select

from collector import pictures
from collector.cases.changes.attachments import LARGEST_OF_CUSTOMER
from collector.cases.tables import attachment
from collector.pictures import NotAPicture
from collector.public.picture import LARGEST_SENT, fitting
from tests.collector.customers import Phone, case_code, hidden_fields, words

#: A place where a picture was taken, as cameras write it (Exif, GPS latitude).
GPS = 0x8825


@pytest.fixture
def code(phone: Phone, poster: str) -> str:
    return case_code(phone.answer(poster, 4, comment="Only one till."))


def jpeg(width: int, height: int, *, noisy: bool = False, quality: int = 90) -> bytes:
    image = Image.new("RGB", (width, height), "red")
    if noisy:
        image = Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3))
    exif = Image.Exif()
    exif[GPS] = {1: "N", 2: (50.0, 27.0, 0.0)}
    made = io.BytesIO()
    image.save(made, "JPEG", quality=quality, exif=exif)
    return made.getvalue()


def upload(phone: Phone, code: str, content: bytes, name: str = "photo.jpg", **fields: Any) -> Any:
    form = hidden_fields(phone.scan(code), 'value="add"')
    page = phone.post(code, {**form, **fields, "picture": (io.BytesIO(content), name)})
    page.request.environ["wsgi.input"].close()  # a large one is in a file of the client's
    return page


def kept(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(attachment).order_by(attachment.c.id)).all())


def test_a_small_one_is_kept_without_where_it_was_taken(phone: Phone, code: str, engine: Engine) -> None:
    assert upload(phone, code, jpeg(300, 200), text="Here it is.").status_code == 303
    (row,) = kept(engine)
    assert (row.type, row.from_customer, row.author) == ("image/jpeg", True, "")
    with Image.open(io.BytesIO(row.content)) as image:
        assert image.size == (300, 200)
        assert not image.getexif()


def test_one_as_a_camera_makes_it_is_made_smaller(phone: Phone, code: str, engine: Engine) -> None:
    large = jpeg(2400, 1800, noisy=True)
    assert LARGEST_OF_CUSTOMER < len(large) < LARGEST_SENT
    assert upload(phone, code, large).status_code == 303
    (row,) = kept(engine)
    assert len(row.content) <= LARGEST_OF_CUSTOMER
    with Image.open(io.BytesIO(row.content)) as image:
        assert max(image.size) <= 2000
        assert not image.getexif()


@pytest.mark.parametrize("content", [b"<svg/>", b"GIF89a", b"%PDF-1.4", b"\xff\xd8\xff\xe0 cut", jpeg(30, 30)[:200]])
def test_what_is_no_picture_is_not_taken(phone: Phone, code: str, engine: Engine, content: bytes) -> None:
    page = upload(phone, code, content, text="And a word")
    assert page.status_code == 422
    assert "We cannot read that picture." in words(page)
    assert "And a word</textarea>" in page.text
    assert not kept(engine)


def test_too_much_is_not_even_read(phone: Phone, code: str, poster: str, engine: Engine) -> None:
    page = upload(phone, code, bytes(LARGEST_SENT + 2**17))
    assert page.status_code == 413
    assert "Go back and send a smaller picture" in words(page)
    # Nobody but a case's customer sends that much.
    forged = code[:20] + ("A" if code[20] != "A" else "C") + code[21:]
    for other in (poster, "hello", forged):
        much = phone.post(other, {"picture": (io.BytesIO(bytes(2**18)), "photo.jpg")})
        assert much.status_code == 413
    assert not kept(engine)


def test_a_case_takes_five(phone: Phone, code: str, engine: Engine) -> None:
    for _ in range(5):
        assert upload(phone, code, jpeg(20, 20)).status_code == 303
    assert 'type="file"' not in phone.scan(code).text
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(attachment)).scalar_one() == 5


def test_a_picture_that_would_fill_the_memory() -> None:
    bomb = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(bomb, "PNG")
    with pytest.raises(NotAPicture):
        fitting(bomb.getvalue() + bytes(LARGEST_OF_CUSTOMER), LARGEST_OF_CUSTOMER)


def test_they_are_read_one_at_a_time(phone: Phone, code: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "PATIENCE", 0.0)
    with pictures.opened(jpeg(20, 20)):
        for content in (jpeg(20, 20), jpeg(2400, 1800, noisy=True)):
            assert upload(phone, code, content, text="And a word").status_code == 422
    assert not kept(engine)
    assert upload(phone, code, jpeg(20, 20)).status_code == 303
