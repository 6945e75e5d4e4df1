"""Pictures and papers of a case: by their content, small, few, and without what a camera wrote into them."""

import io
import zlib
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from collector.cases import changes
from collector.cases.changes import attachments
from collector.cases.changes.conditional import KeyUsed, NotAllowed
from collector.cases.tables import attachment
from tests.collector.cases.house import House, at
from tests.factories import make_shop


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 20), **more: Any) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "#fbbf24").save(made, kind, **more)
    return made.getvalue()


def stored(house: House) -> list[Any]:
    with house.engine.connect() as connection:
        return list(connection.execute(select(attachment).order_by(attachment.c.id)))


def test_a_picture(house: House) -> None:
    case_id = house.complain()
    assert house.do(changes.attach, case_id, house.by(), "receipt.jpeg", picture())
    (row,) = stored(house)
    assert (row.name, row.type, row.author, row.from_customer) == ("receipt.jpg", "image/jpeg", "Olena", False)
    assert row.erase_on.isoformat() == "2027-11-22"
    assert house.log(case_id)[-1].data["attachment"] == row.id
    assert [event.type for event in house.told(case_id)] == ["smilepost.case.opened"]
    with house.engine.connect() as connection:
        assert [each.size for each in attachments.attachments(connection, case_id)] == [len(row.content)]
        assert attachments.attachment_of(connection, case_id, row.id, house.shop.region) is not None
        hilltop = make_shop(connection, "Hilltop", beside=house.shop)
        assert attachments.attachment_of(connection, case_id, row.id, hilltop.region) is None
        assert attachments.attachment_of(connection, case_id + 1, row.id, house.shop.region) is None


def test_a_picture_forgets_where_it_was_taken_and_stands_upright(house: House) -> None:
    camera = Image.Exif()
    camera[0x0112] = 6  # turned by a quarter
    camera[0x010F] = "a camera's maker"
    camera.get_ifd(0x8825)[1] = "N"
    taken = picture(exif=camera, size=(40, 20))
    assert b"a camera's maker" in taken
    house.do(changes.attach, house.complain(), house.by(), "cake.jpg", taken)
    (row,) = stored(house)
    assert b"a camera's maker" not in row.content
    with Image.open(io.BytesIO(row.content)) as kept:
        assert kept.size == (20, 40)
        assert not dict(kept.getexif())


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_of_the_customer(house: House, kind: str) -> None:
    case_id = house.complain()
    assert house.do(changes.customer_attaches, case_id, "C:\\tmp\\cake.exe", picture(kind), at(1), "k1")
    assert house.do(changes.customer_attaches, case_id, "C:\\tmp\\cake.exe", picture(kind), at(1), "k1")
    (row,) = stored(house)
    assert (row.name, row.from_customer, row.author) == (f"cake.{'png' if kind == 'PNG' else 'jpg'}", True, "")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00",
        b"<svg onload=alert(1)>",
        b"GIF89a" + bytes(20),
        picture()[:100],
        # What a camera wrote into it is cut off.
        picture("PNG")[:33] + b"\0\0\0\6eXIfMM\0*\0\0" + zlib.crc32(b"eXIfMM\0*\0\0").to_bytes(4) + picture("PNG")[33:],
        b"\x89PNG\r\n\x1a\n" + bytes(50),
    ],
)
def test_what_is_no_picture(house: House, content: bytes) -> None:
    case_id = house.complain()
    with pytest.raises(NotAllowed, match="not a JPEG"):
        house.do(changes.customer_attaches, case_id, "cake.jpg", content, at(1), None)
    with pytest.raises(NotAllowed, match="or a PDF"):
        house.do(changes.attach, case_id, house.by(), "cake.jpg", content)
    assert stored(house) == []


def test_another_file_under_the_same_key_is_not_dropped(house: House) -> None:
    case_id = house.complain()
    assert house.do(changes.attach, case_id, house.by(key="k1"), "a.png", picture("PNG"))
    assert house.do(changes.customer_attaches, case_id, "a.png", picture("PNG"), at(1), "k2")
    other = picture("PNG", (41, 20))
    with pytest.raises(KeyUsed):
        house.do(changes.attach, case_id, house.by(key="k1"), "a.png", other)
    with pytest.raises(KeyUsed):
        house.do(changes.customer_attaches, case_id, "a.png", other, at(1), "k2")


def test_papers_are_for_staff(house: House) -> None:
    case_id = house.complain()
    paper = b"%PDF-1.7\n%%EOF\n"
    assert house.do(changes.attach, case_id, house.by(), "../../letter", paper)
    (row,) = stored(house)
    assert (row.name, row.type, row.content) == ("letter.pdf", "application/pdf", paper)
    with pytest.raises(NotAllowed):
        house.do(changes.customer_attaches, case_id, "letter.pdf", paper, at(1), None)


def test_too_large_or_too_many(house: House) -> None:
    case_id = house.complain()
    with pytest.raises(NotAllowed, match="2 MB"):
        house.do(changes.customer_attaches, case_id, "a.jpg", bytes(attachments.LARGEST_OF_CUSTOMER + 1), at(1), None)
    with pytest.raises(NotAllowed, match="5 MB"):
        house.do(changes.attach, case_id, house.by(), "a.jpg", bytes(attachments.LARGEST + 1))
    with pytest.raises(NotAllowed, match="pixels"):
        house.do(changes.attach, case_id, house.by(), "a.png", picture("PNG", (6000, 5000)))
    with pytest.raises(NotAllowed, match="pixels"):
        house.do(changes.attach, case_id, house.by(), "a.jpg", picture(size=(8000, 8000)))
    for _ in range(attachments.MOST_OF_CUSTOMER):
        house.do(changes.customer_attaches, case_id, "a.jpg", picture(), at(1), None)
    # What is not kept is not even read.
    with pytest.raises(NotAllowed, match="There are 5 already"):
        house.do(changes.customer_attaches, case_id, "a.png", picture("PNG", (6000, 5000)), at(1), None)
    assert house.do(changes.attach, case_id, house.by(), "a.jpg", picture())


def test_a_large_photo_is_kept_at_a_fraction_of_its_size(house: House) -> None:
    house.do(changes.attach, house.complain(), house.by(), "till.jpg", picture(size=(6000, 5000)))
    (row,) = stored(house)
    with Image.open(io.BytesIO(row.content)) as kept:
        assert kept.size == (3000, 2500)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("", "attachment.jpg"), ("\u202egpj.exe", "gpj.jpg"), ("a" * 300, "a" * 96 + ".jpg"), ('a"b;c', "abc.jpg")],
)
def test_names_that_can_be_shown(house: House, name: str, expected: str) -> None:
    house.do(changes.attach, house.complain(), house.by(), name, picture())
    assert stored(house)[0].name == expected
