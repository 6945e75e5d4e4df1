"""Posters: whatever the names, they can be read, and their code scans; each store's are its own."""

import io
import itertools
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Literal

import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image, ImageChops, ImageDraw
from pypdfium2 import PdfDocument
from sqlalchemy import Engine, insert, update

from collector.accounts.sessions import COOKIE
from collector.insights.faces import Face
from collector.places.tables import place, touchpoint
from collector.posters import pictures
from collector.posters.layout import CAPITAL, SIZES, Code, Drawn, Item, Logo, Panel, Poster, Sign, Text
from collector.posters.letters import MM_PER_POINT, runs, width
from collector.posters.pdf import pdf
from collector.posters.words import WORDS
from collector.settings import Settings
from collector.slips.tables import slip_style
from collector.surveys.definition import Nps, Smileys
from printer import codes
from printer.qr import symbol
from printer.slip import LANGUAGES
from tests.collector.customers import Phone, code_of, words
from tests.collector.surveys.asking import ask as ask_at
from tests.factories import Shop, make_session, make_shop

Browser = Callable[[int], FlaskClient]

LINK = "HTTPS://FEEDBACK.EXAMPLE.COM/Q/AEAAAAABG7KQ3XZ2ABCDEFGHIJKL"
FOUR = (Face.VERY_GOOD, Face.GOOD, Face.BAD, Face.VERY_BAD)
RIVERSIDE = Poster("Riverside", "Exit", "How was your visit today?", FOUR, LINK, symbol(LINK, "Q"), "en")
POSTERS = {
    "plain": RIVERSIDE,
    "ukrainian": replace(
        RIVERSIDE, shop="Супермаркет «Берегиня» на Ґонти", touchpoint="Примірочна", question="Як вам?", language="uk"
    ),
    "polish": replace(RIVERSIDE, shop="Żabka Łódź", touchpoint="Wyjście", question="Jak było?", language="pl"),
    "long": replace(
        RIVERSIDE,
        shop="Buchhandlung an der Donaudampfschifffahrtsgesellschaftsstraße",
        touchpoint="Selbstbedienungskassen im Untergeschoss",
        question="Wie zufrieden sind Sie heute mit der Auswahl und der Freundlichkeit an den Kassen?",
        faces=tuple(Face),
        language="de",
    ),
    "far": replace(RIVERSIDE, shop="全家便利商店 中山北路店 🍕", touchpoint="مخرج", question="今天的服務您還滿意嗎？"),
    "empty": replace(RIVERSIDE, shop="", touchpoint=" ", question=""),
}
#: Sheets in dots, and how many codes each carries.
DOTS = {"a4": ((2480, 3508), 1), "a5": ((1748, 2480), 1), "tent": ((2480, 3508), 2)}


def logo(wide: int, high: int) -> Logo:
    picture = Image.new("1", (wide, high), 1)
    ImageDraw.Draw(picture).ellipse((0, 0, wide - 1, high - 1), fill=0)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return Logo(file.getvalue(), wide / high)


def scanned(picture: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture)]


def text_of(file: bytes) -> str:
    """What can be searched and copied."""
    with PdfDocument(file) as document:
        return " ".join(document[0].get_textpage().get_text_range().split())


class TestPaper:
    @pytest.mark.parametrize("name", POSTERS)
    @pytest.mark.parametrize("size", SIZES)
    def test_pdf_and_png_scan(self, size: str, name: str) -> None:
        file = pdf(SIZES[size](POSTERS[name]), "A poster")
        picture = Image.open(io.BytesIO(pictures.png(file)))
        dots, count = DOTS[size]
        assert picture.size == dots
        assert [round(each) for each in picture.info["dpi"]] == [300, 300]
        assert scanned(picture) == [LINK] * count
        # A copier in one colour, and the small picture on the page.
        assert scanned(picture.convert("1", dither=Image.Dither.NONE)) == [LINK] * count
        assert scanned(Image.open(io.BytesIO(pictures.png(file, 60)))) == [LINK] * count

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_it_speaks_the_customers_language(self, language: str) -> None:
        said = WORDS[language]
        for lay_out in SIZES.values():
            text = text_of(pdf(lay_out(replace(RIVERSIDE, language=language)), ""))
            for sentence in (said.invitation, said.promise, said.by_hand):
                assert sentence in text

    def test_text_can_be_found_and_fonts_come_along(self) -> None:
        file = pdf(SIZES["a4"](RIVERSIDE), "Riverside · Exit")
        text = text_of(file)
        for said in (
            *("Riverside", "Exit", "How was your visit today?", "Scan and tell us."),
            "feedback.example.com/Q/ AEAA AAAB G7KQ 3XZ2 ABCD EFGH IJKL",
        ):
            assert said in text
        fonts = set(re.findall(rb"/BaseFont /(\S+)", file))
        assert fonts == {b"AAAAAA+Manrope-Bold", b"AAAAAA+Manrope-Regular"}
        assert file.count(b"/FontFile2") == 2

    def test_the_same_poster_is_the_same_file_however_many_are_drawn_at_once(self) -> None:
        sheets = [lay_out(poster) for poster in POSTERS.values() for lay_out in SIZES.values()]
        alone = [pdf(sheet, "t") for sheet in sheets]
        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(pdf, sheets * 3, itertools.repeat("t"))) == alone * 3
            drawn = threads.map(pictures.png, alone, itertools.repeat(60))
        assert all(LINK in scanned(Image.open(io.BytesIO(picture))) for picture in drawn)

    @pytest.mark.parametrize("name", ["全家", "مخرج", "ქართული", "ไทย", "🍕", "𐀀"])
    def test_letters_that_the_typeface_has_not_are_drawn_all_the_same(self, name: str) -> None:
        """Also one that no font has: a box, not a gap."""

        def ink(shop: str) -> int:
            file = pdf(SIZES["a4"](replace(RIVERSIDE, shop=shop)), "")
            picture = Image.open(io.BytesIO(pictures.png(file, 100))).convert("L")
            return sum(picture.crop((78, 60, 400, 130)).point(lambda light: light < 128).get_flattened_data())

        assert ink(name) > ink("") == 0

    def test_brackets_hold_what_they_hold(self) -> None:
        """From right to left the bracket that opens stands at the right, and is drawn the other way round."""

        def left_edge(shop: str) -> list[int | None]:
            """How far the ink of the shop's name is from its left end, row by row."""
            file = pdf(SIZES["a4"](replace(RIVERSIDE, shop=shop)), "")
            picture = Image.open(io.BytesIO(pictures.png(file))).convert("1", dither=Image.Dither.NONE)
            ink = ImageChops.invert(picture.crop((230, 180, 1200, 420)))
            left, top, _, bottom = ink.getbbox() or (0, 0, 0, 0)
            rows = [ink.crop((left, y, left + 24, y + 1)).getbbox() for y in range(top, bottom)]
            return [row[0] if row else None for row in rows]

        for shop in ("(Abc)", "(אבג)", "(شاي)"):
            edge = [each for each in left_edge(shop) if each is not None]
            assert edge[len(edge) // 2] < min(edge[0], edge[-1]), shop

    def test_a_cut_never_parts_a_letter_from_its_accents(self) -> None:
        flag = "👩\u200d👩\u200d👧"
        items = SIZES["a4"](replace(RIVERSIDE, touchpoint=flag * 60)).panels[0].items
        [where] = [item.text for item in items if isinstance(item, Text) and item.text.endswith("…")]
        assert where.removesuffix("…").replace(flag, "") == ""

    def test_all_four_faces_differ_in_one_colour(self) -> None:
        """Cut out of a print in black alone, no two of them look alike."""
        sheet = SIZES["a4"](replace(RIVERSIDE, faces=tuple(Face)))
        picture = Image.open(io.BytesIO(pictures.png(pdf(sheet, ""), 100))).convert("L")
        faces = [item for item in sheet.panels[0].items if isinstance(item, Drawn)]
        cut = [
            picture.crop([round(edge / 25.4 * 100) for edge in (at.x, at.y, at.x + at.side, at.y + at.side)])
            for at in faces
        ]
        side = min(each.width for each in cut)
        bits = [each.resize((side, side)).point(lambda light: 255 * (light > 60)).tobytes() for each in cut]
        for one, other in itertools.combinations(bits, 2):
            assert sum(a != b for a, b in zip(one, other, strict=True)) > 0.02 * len(one)

    @pytest.mark.parametrize("shape", [(200, 200), (800, 160), (60, 320)])
    @pytest.mark.parametrize("size", SIZES)
    def test_a_logo_stands_before_the_name(self, size: str, shape: tuple[int, int]) -> None:
        shown = replace(RIVERSIDE, logo=logo(*shape))
        sheet = SIZES[size](shown)
        [sign, *_] = [item for panel in sheet.panels for item in panel.items if isinstance(item, Sign)]
        assert sign.width / sign.height == pytest.approx(shape[0] / shape[1])
        assert_readable(shown, size)
        picture = Image.open(io.BytesIO(pictures.png(pdf(sheet, ""))))
        assert scanned(picture) == [LINK] * DOTS[size][1]
        if size != "tent":
            middle = [round(edge / 25.4 * 300) for edge in (sign.x + sign.width / 2, sign.y + sign.height / 2)]
            assert picture.convert("L").getpixel((middle[0], middle[1])) == 0


#: What office printers leave white at the edge, mm.
UNPRINTED = 5
Box = tuple[float, float, float, float]


def boxes(panel: Panel) -> Iterator[tuple[Item, Box]]:
    """Where each item has ink: left, top, right, bottom."""
    for item in panel.items:
        if isinstance(item, Text):
            wide = width(item.text, item.size, bold=item.bold)
            left = item.x - wide if item.is_right else item.x
            high = item.size * MM_PER_POINT
            yield item, (left, item.y - CAPITAL * high, left + wide, item.y + 0.2 * high)
        elif isinstance(item, Code):
            yield item, (item.x, item.y, item.x + item.side, item.y + item.side)
        elif isinstance(item, Sign):
            yield item, (item.x, item.y, item.x + item.width, item.y + item.height)
        else:
            yield item, (item.x, item.y, item.x + item.side, item.y + item.side)


def assert_readable(poster: Poster, size: str) -> None:
    """Nothing runs off the paper, nothing stands on something else, and around the code it is quiet."""
    sheet = SIZES[size](poster)
    assert sum(panel.height for panel in sheet.panels) == sheet.height
    for panel in sheet.panels:
        found = list(boxes(panel))
        for _, (left, top, right, bottom) in found:
            assert left >= UNPRINTED
            assert right <= sheet.width - UNPRINTED + 0.01
            assert top >= UNPRINTED - 1
            assert bottom <= panel.height - UNPRINTED
        for (one, first), (other, second) in itertools.combinations(found, 2):
            quiet = max((item.quiet_zone for item in (one, other) if isinstance(item, Code)), default=0)
            apart = (
                first[2] + quiet <= second[0] + 0.01
                or second[2] + quiet <= first[0] + 0.01
                or first[3] + quiet <= second[1] + 0.01
                or second[3] + quiet <= first[1] + 0.01
            )
            assert apart, (one, other)


NAMES = some.one_of(
    some.text(max_size=120),
    some.text("WMЩЖ iы…", max_size=200),
    some.lists(some.text("abcdefW", min_size=1, max_size=40), max_size=12).map(" ".join),
)


class TestLayout:
    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("name", POSTERS)
    def test_every_poster_is_readable(self, name: str, size: str) -> None:
        assert_readable(POSTERS[name], size)

    @settings(max_examples=60)
    @given(
        shop=NAMES,
        where=NAMES,
        asked=NAMES.map(lambda text: text[:90]),
        language=some.sampled_from(LANGUAGES),
        size=some.sampled_from(sorted(SIZES)),
    )
    def test_whatever_the_names(self, shop: str, where: str, asked: str, language: str, size: str) -> None:
        assert_readable(replace(RIVERSIDE, shop=shop, touchpoint=where, question=asked, language=language), size)

    @pytest.mark.parametrize(
        "host", ["A.UA", "FEEDBACK.OF-A-SHOP-WITH-A-VERY-LONG-NAME.SHOPPING-CENTRE.EXAMPLE.COM:8080"]
    )
    @pytest.mark.parametrize("size", SIZES)
    def test_the_host_stays_whole(self, size: str, host: str) -> None:
        link = LINK.replace("FEEDBACK.EXAMPLE.COM", host)
        poster = replace(RIVERSIDE, link=link, code=symbol(link, "Q"))
        assert_readable(poster, size)
        file = pdf(SIZES[size](poster), "")
        assert f"{host.lower()}/Q/" in text_of(file)
        assert set(scanned(Image.open(io.BytesIO(pictures.png(file))))) == {link}

    def test_the_code_is_large_and_sturdy(self) -> None:
        assert RIVERSIDE.code.level == "Q"
        for size, least in {"a4": 60, "a5": 50, "tent": 60}.items():
            found = [item for panel in SIZES[size](RIVERSIDE).panels for item in panel.items if isinstance(item, Code)]
            assert len(found) == DOTS[size][1]
            assert all(code.side >= least for code in found)

    def test_the_question_keeps_its_words(self) -> None:
        for poster in POSTERS.values():
            for lay_out in SIZES.values():
                for panel in lay_out(poster).panels:
                    said = "".join(item.text for item in panel.items if isinstance(item, Text) and item.bold)
                    if len(panel.items) > 2:
                        assert re.sub(r"\s", "", poster.question) in re.sub(r"\s", "", said)

    def test_both_sides_of_a_tent_are_read_from_outside(self) -> None:
        flap, back, front, base = SIZES["tent"](RIVERSIDE).panels
        assert (back.is_turned, front.is_turned) == (True, False)
        assert back.items == front.items
        assert back.height == front.height > base.height > flap.height

    def test_nothing_unseen_comes_along(self) -> None:
        assert "".join(run.text for run in runs("Shop", bold=True)) == "Shop"
        poster = replace(RIVERSIDE, shop="Shop\x1bp\x00\u202eevil\u200b\n\ttwo")
        [name, *_] = [item for item in SIZES["a4"](poster).panels[0].items if isinstance(item, Text)][1:]
        assert name.text == "Shop p evil two"


class TestPages:
    def test_a_stores_posters(self, browser: Browser, riverside: Shop) -> None:
        page = browser(riverside.store).get(f"/stores/{riverside.store}/posters?language=en")
        assert re.search(r"Checkout A4, for a wall PDF PNG A5, .* PDF PNG A4 to fold: .* Exit A4, for", words(page))
        assert len(re.findall("<img ", page.text)) == 6

    @pytest.mark.parametrize("size", SIZES)
    def test_downloads_lead_to_the_touchpoints_survey(
        self, browser: Browser, phone: Phone, engine: Engine, settings: Settings, riverside: Shop, size: str
    ) -> None:
        client = browser(riverside.store)
        page = client.get(f"/stores/{riverside.store}/posters?language=en").text
        link = f"{settings.url}/Q/{code_of(engine, settings, codes.Poster(riverside.exit))}".upper()
        for form, kind in {"pdf": "application/pdf", "png": "image/png"}.items():
            [path] = re.findall(rf'id="{size}-{form}-{riverside.exit}".*?href="([^"]+)"', page)
            file = client.get(path.replace("&amp;", "&"))
            assert (file.status_code, file.content_type) == (200, kind)
            assert f"Exit%20%C2%B7%20{size}%20%C2%B7%20en.{form}" in file.headers["Content-Disposition"]
            picture = pictures.png(file.data) if form == "pdf" else file.data
            assert set(scanned(Image.open(io.BytesIO(picture)))) == {link}
        preview = client.get(f"/stores/{riverside.store}/posters/{riverside.exit}/{size}/preview")
        assert preview.content_type == "image/webp"
        assert set(scanned(Image.open(io.BytesIO(preview.data)))) == {link}
        assert "Riverside · Exit" in words(phone.scan(link.rpartition("/")[2]))

    def test_the_surveys_own_question_and_faces(self, browser: Browser, engine: Engine, riverside: Shop) -> None:
        ask(engine, riverside.store, {"uk": "Чи все знайшли?", "en": "Found everything?"}, 5)
        client = browser(riverside.store)
        said = {language: text_of(a4(client, riverside, language)) for language in LANGUAGES}
        assert "Чи все знайшли?" in said["uk"]
        assert "Found everything?" in said["en"]
        # It asks in no Polish: a poster in two languages would be nobody's.
        assert WORDS["pl"].question in said["pl"]
        assert len(set(said.values())) == 5

    def test_a_touchpoints_own_survey_is_on_its_poster(self, browser: Browser, engine: Engine, riverside: Shop) -> None:
        ask(engine, riverside.store, {"en": "Found everything?"})
        with engine.begin() as connection:
            ask_at(connection, riverside.store, Nps(1, {"en": "Recommend us?"}), touchpoint_id=riverside.exit)
        client = browser(riverside.store)
        said = text_of(a4(client, riverside, "en"))  # an NPS question has no faces of its own
        assert "Recommend us?" in said
        assert "Found everything?" not in said

    def test_a_long_question_is_none_for_a_wall(self, browser: Browser, engine: Engine, riverside: Shop) -> None:
        ask(engine, riverside.store, {"en": "Please tell us " + "very " * 20 + "honestly"})
        assert WORDS["en"].question in text_of(a4(browser(riverside.store), riverside, "en"))

    def test_language_and_logo_come_from_the_place_or_above(
        self, browser: Browser, engine: Engine, riverside: Shop
    ) -> None:
        client = browser(riverside.store)
        before = a4(client, riverside)
        with engine.begin() as connection:
            styled = {"place_id": riverside.region, "language": "pl", "logo": logo(300, 100).png}
            connection.execute(insert(slip_style).values(**styled))
        after = a4(client, riverside)
        assert WORDS["pl"].invitation in text_of(after)
        assert (b"/Subtype /Image" in before, b"/Subtype /Image" in after) == (False, True)
        page = client.get(f"/stores/{riverside.store}/posters")
        assert re.search(r'lang="pl" aria-current="true">Polski', page.text)
        assert WORDS["de"].invitation in text_of(a4(client, riverside, "de"))
        assert WORDS["pl"].invitation in text_of(a4(client, riverside, "xx"))

    def test_each_sees_their_own(self, browser: Browser, visitor: FlaskClient, engine: Engine, riverside: Shop) -> None:
        with engine.begin() as connection:
            hillside = make_shop(connection, "Hillside", beside=riverside)
        ours = f"/stores/{riverside.store}/posters"
        pages = (ours, f"{ours}/{riverside.exit}/a4.pdf", f"{ours}/{riverside.exit}/a4/preview")
        for page in pages:
            assert browser(hillside.region).get(page).status_code == 404
            assert "/sign-in" in visitor.get(page).location
            assert browser(riverside.organisation).get(page).status_code == 200
        client = browser(riverside.organisation)
        for nothing in (
            f"{hillside.exit}/a4.pdf",
            f"{riverside.exit}/a3.pdf",
            f"{riverside.exit}/a4.gif",
            "999/a5.png",
        ):
            assert client.get(f"{ours}/{nothing}").status_code == 404

    def test_codes_that_lead_to_this_machine_alone_are_told_of(
        self, make_app: Callable[..., Flask], browser: Browser, engine: Engine, riverside: Shop
    ) -> None:
        page, told = (
            f"/stores/{riverside.store}/posters",
            "which only this machine can open. Set “url” in smilepost.toml",
        )
        assert told in words(browser(riverside.store).get(page))
        public = make_app(url="https://feedback.example.com").test_client()
        with engine.begin() as connection:
            public.set_cookie(COOKIE, make_session(connection, riverside.store))
        assert told not in words(public.get(page))

    def test_a_store_without_touchpoints(self, browser: Browser, engine: Engine, riverside: Shop) -> None:
        with engine.begin() as connection:
            connection.execute(touchpoint.delete().where(touchpoint.c.store_id == riverside.store))
        page = browser(riverside.store).get(f"/stores/{riverside.store}/posters")
        assert "This store has no touchpoints yet." in words(page)

    def test_names_that_would_be_something_else_elsewhere(
        self, browser: Browser, engine: Engine, riverside: Shop
    ) -> None:
        """In a file's name, a header, a page."""
        name = 'A/B "<b>\r\nX: y'
        with engine.begin() as connection:
            connection.execute(update(place).where(place.c.id == riverside.store).values(name=name))
            connection.execute(update(touchpoint).where(touchpoint.c.id == riverside.exit).values(name="../../etc"))
        client = browser(riverside.store)
        assert "<b>" not in client.get(f"/stores/{riverside.store}/posters").text
        file = client.get(f"/stores/{riverside.store}/posters/{riverside.exit}/a4.pdf")
        assert file.status_code == 200
        assert "X" not in file.headers
        assert "/" not in file.headers["Content-Disposition"].replace("%2F", "/")


def ask(engine: Engine, place_id: int, text: dict[str, str], buttons: Literal[2, 3, 4, 5] = 4) -> None:
    """A survey of a place."""
    with engine.begin() as connection:
        ask_at(connection, place_id, Smileys(1, text, buttons))


def a4(client: FlaskClient, shop: Shop, language: str = "") -> bytes:
    page = client.get(f"/stores/{shop.store}/posters/{shop.exit}/a4.pdf?language={language}")
    assert page.status_code == 200
    return page.data
