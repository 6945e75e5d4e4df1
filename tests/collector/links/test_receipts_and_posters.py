"""The rules of codes on paper: nobody forges one, a receipt is answered once and in time, each for its own store."""

import base64
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from collector.links.keys import key
from collector.links.resolve import WRITING_TIME, Meaning, Refusal, resolve
from collector.places.tables import place
from collector.ratings.tables import rating
from collector.settings import Settings
from collector.surveys.tables import answer
from printer.codes import Content, Poster, Receipt, encode
from tests.collector.customers import Phone, code_of, make_receipt, words
from tests.factories import NOW, Shop, make_shop


@pytest.fixture
def receipt(engine: Engine, riverside: Shop) -> Receipt:
    """A receipt of Riverside."""
    with engine.begin() as connection:
        return make_receipt(connection, riverside.store)


@pytest.fixture
def hillside(engine: Engine, riverside: Shop) -> Shop:
    """Another store of the same organisation."""
    with engine.begin() as connection:
        return make_shop(connection, "Hillside", beside=riverside)


@pytest.fixture
def answers(engine: Engine) -> Callable[[], list[Any]]:
    """All answers, oldest first."""

    def rows() -> list[Any]:
        with engine.connect() as connection:
            return list(connection.execute(select(answer).order_by(answer.c.id)))

    return rows


Answers = Callable[[], list[Any]]


class TestForging:
    @pytest.mark.parametrize("kind", ["receipt", "poster"])
    def test_no_byte_can_be_changed(
        self, engine: Engine, settings: Settings, riverside: Shop, receipt: Receipt, kind: str
    ) -> None:
        content: Content = receipt if kind == "receipt" else Poster(riverside.exit)
        good = base64.b32decode(code_of(engine, settings, content) + "====")
        with engine.connect() as connection:
            for at in range(17):
                for change in (0x01, 0x10, 0x80, 0xFF):
                    bad = bytearray(good)
                    bad[at] ^= change
                    code = base64.b32encode(bad).decode().rstrip("=")
                    assert resolve(connection, settings, code, NOW) is Refusal.UNKNOWN

    def test_the_next_receipts_number_needs_a_signature_of_its_own(
        self, engine: Engine, settings: Settings, receipt: Receipt
    ) -> None:
        good = base64.b32decode(code_of(engine, settings, receipt) + "====")
        following = Receipt(receipt.signer_id, receipt.day, receipt.serial + 1)
        body = base64.b32decode(encode(following, 0, bytes(32)) + "====")[:9]
        code = base64.b32encode(body + good[9:]).decode().rstrip("=")
        with engine.connect() as connection:
            assert resolve(connection, settings, code, NOW) is Refusal.UNKNOWN

    def test_another_installation_signs_nothing_here(
        self, engine: Engine, settings: Settings, tmp_path_factory: pytest.TempPathFactory, riverside: Shop
    ) -> None:
        other = Settings.load(environ={}, data=tmp_path_factory.mktemp("other"))
        code = encode(Poster(riverside.exit), 0, key(other, 0, 0))
        with engine.connect() as connection:
            assert resolve(connection, settings, code, NOW) is Refusal.UNKNOWN

    def test_trying_codes_ends_whether_they_are_looked_at_or_sent(self, phone: Phone, poster: str) -> None:
        for at in range(30):
            refused = phone.scan("AAAA") if at % 2 else phone.send("AAAA", {}, 1)
            assert refused.status_code == 404
        assert phone.send("AAAA", {}, 1).status_code == 429
        assert phone.answer(poster, 1).status_code == 200


class TestReplay:
    def test_looking_consumes_nothing_and_the_first_answer_does(
        self, app: Flask, phone: Phone, engine: Engine, settings: Settings, receipt: Receipt, answers: Answers
    ) -> None:
        code = code_of(engine, settings, receipt)
        for _ in range(3):
            assert phone.scan(code).status_code == 200
        form = phone.form(code)
        assert "Thank you!" in words(phone.send(code, form, 4, comment="Nobody at the till"))
        assert "Thank you!" in words(phone.send(code, form, 4, comment="Nobody at the till"))  # a double tap
        for again in (phone.scan(code), Phone(app, address="10.0.0.2").send(code, form, 1)):
            assert again.status_code == 410
            assert "This code has been answered." in words(again)
        assert [(row.button, row.comment) for row in answers()] == [(4, "Nobody at the till")]

    def test_another_spelling_is_the_same_receipt(
        self, phone: Phone, engine: Engine, settings: Settings, receipt: Receipt
    ) -> None:
        code = code_of(engine, settings, receipt)
        # The last letter carries one bit; the other four are nobody's.
        raw = base64.b32decode(code + "====")
        spellings = [code[:-1] + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"]
        same = [each for each in spellings if base64.b32decode(each + "====") == raw]
        assert len(same) == 16
        assert phone.answer(code, 1).status_code == 200
        assert {phone.scan(each).status_code for each in same} == {410}

    def test_of_many_at_once_one_is_taken(
        self, app: Flask, phone: Phone, engine: Engine, settings: Settings, receipt: Receipt, answers: Answers
    ) -> None:
        code = code_of(engine, settings, receipt)
        form = phone.form(code)
        together = threading.Barrier(4)
        pages = []

        def send(button: int) -> None:
            customer = Phone(app, address=f"10.0.1.{button}")
            together.wait()
            pages.append(customer.send(code, form, button))

        threads = [threading.Thread(target=send, args=[button]) for button in (1, 2, 3, 4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(page.status_code for page in pages) == [200, 410, 410, 410]
        assert len(answers()) == 1
        with engine.connect() as connection:
            assert connection.scalar(select(func.count()).select_from(rating)) == 1

    def test_a_poster_is_answered_by_everybody_and_by_each_form_once(
        self, app: Flask, phone: Phone, poster: str, answers: Answers
    ) -> None:
        form = phone.form(poster)
        for _ in range(2):
            assert phone.send(poster, form, 1).status_code == 200
        for number in (2, 3):
            assert Phone(app, address=f"10.0.0.{number}").answer(poster, 1).status_code == 200
        assert len(answers()) == 3


class TestExpiry:
    @pytest.mark.parametrize("zone", ["Europe/Kyiv", "Pacific/Auckland", "America/Los_Angeles"])
    def test_thirty_days_of_the_stores_own_calendar(
        self, engine: Engine, settings: Settings, riverside: Shop, receipt: Receipt, zone: str
    ) -> None:
        with engine.begin() as connection:
            connection.execute(place.update().where(place.c.id == riverside.store).values(time_zone=zone))
        code = code_of(engine, settings, receipt)
        after = receipt.day + timedelta(days=31)
        midnight = datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(zone))
        a_second = timedelta(seconds=1)
        with engine.connect() as connection:
            assert isinstance(resolve(connection, settings, code, midnight - a_second), Meaning)
            assert resolve(connection, settings, code, midnight) is Refusal.EXPIRED
            # Whoever has the form open gets an hour.
            hour = midnight + timedelta(hours=1)
            assert isinstance(resolve(connection, settings, code, hour - a_second, late=WRITING_TIME), Meaning)
            assert resolve(connection, settings, code, hour, late=WRITING_TIME) is Refusal.EXPIRED

    def test_an_old_receipt_is_not_answered(
        self, app: Flask, phone: Phone, engine: Engine, settings: Settings, receipt: Receipt, answers: Answers
    ) -> None:
        code = code_of(engine, settings, receipt)
        form = phone.form(code)
        app.extensions["now"] = lambda: NOW + timedelta(days=32)
        late = phone.send(code, form, 1)
        assert late.status_code == 410
        assert "This code is too old." in words(late)
        assert answers() == []


class TestStores:
    def test_a_receipt_speaks_for_its_signers_store_alone(
        self, phone: Phone, engine: Engine, settings: Settings, riverside: Shop, hillside: Shop, answers: Answers
    ) -> None:
        with engine.begin() as connection:
            ours, theirs = (make_receipt(connection, shop.store) for shop in (riverside, hillside))
        assert (ours.day, ours.serial) == (theirs.day, theirs.serial)
        pages = {receipt: code_of(engine, settings, receipt) for receipt in (ours, theirs)}
        assert "Riverside" in words(phone.scan(pages[ours]))
        assert "Hillside" in words(phone.scan(pages[theirs]))
        phone.answer(pages[ours], 4)
        assert phone.scan(pages[theirs]).status_code == 200  # one answered receipt uses up no other
        phone.answer(pages[theirs], 1)
        assert [(row.store_id, row.button) for row in answers()] == [(riverside.store, 4), (hillside.store, 1)]

    def test_one_stores_signer_cannot_sign_for_another(
        self, engine: Engine, settings: Settings, riverside: Shop, hillside: Shop
    ) -> None:
        with engine.begin() as connection:
            ours, theirs = (make_receipt(connection, shop.store) for shop in (riverside, hillside))
        own = key(settings, ours.signer_id, 0)
        forged = [encode(theirs, 0, own), encode(Poster(hillside.exit), 0, own), encode(Poster(riverside.exit), 0, own)]
        with engine.connect() as connection:
            for code in forged:
                assert resolve(connection, settings, code, NOW) is Refusal.UNKNOWN
            assert isinstance(resolve(connection, settings, encode(ours, 0, own), NOW), Meaning)

    def test_a_poster_that_hangs_in_the_wrong_store_names_its_own(
        self, phone: Phone, engine: Engine, settings: Settings, hillside: Shop, answers: Answers
    ) -> None:
        """No code knows where it hangs. The paper and the page both say whom it asks for."""
        code = code_of(engine, settings, Poster(hillside.exit))
        assert "Hillside · Exit" in words(phone.scan(code))
        phone.answer(code, 4)
        assert [(row.store_id, row.touchpoint_id) for row in answers()] == [(hillside.store, hillside.exit)]


class TestManyAnswers:
    def test_a_poster_takes_no_flood_from_one_address(
        self,
        app: Flask,
        phone: Phone,
        engine: Engine,
        settings: Settings,
        riverside: Shop,
        poster: str,
        answers: Answers,
    ) -> None:
        form = phone.form(poster)
        for _ in range(60):
            assert phone.send(poster, form, 4).status_code == 200
        own = phone.form(poster)
        stopped = phone.send(poster, own, 4, reasons=[2], comment="Only one till open")
        assert stopped.status_code == 429
        assert "Very many answers come from here right now." in words(stopped)
        # Nothing of it is lost: the form that comes back is filled in, and still the same answer.
        assert "Only one till open" in stopped.text
        assert f'name="form" value="{own["form"]}"' in stopped.text
        assert 'name="reply-1" value="4"' in stopped.text
        assert len(answers()) == 1
        # Nobody else is held up, and neither is another poster or a look.
        assert Phone(app, address="10.0.0.2").answer(poster, 1).status_code == 200
        assert phone.answer(code_of(engine, settings, Poster(riverside.checkout)), 1).status_code == 200
        assert phone.scan(poster).status_code == 200

    def test_a_form_that_is_not_finished_counts_for_nothing(self, phone: Phone, poster: str) -> None:
        form = phone.form(poster)
        for _ in range(61):
            assert phone.send(poster, form).status_code == 422
        assert phone.send(poster, form, 1).status_code == 200
