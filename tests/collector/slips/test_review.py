"""A review slip gets a code of its own, once, whoever asks at the same moment."""

import threading
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection, Engine, insert, select

from collector.links.keys import key
from collector.links.tables import receipt
from collector.queue.tables import job
from collector.settings import Settings
from collector.slips.review import Issued, issue_review_slip
from collector.slips.spool import print_again, slip_of
from collector.slips.tables import printer
from printer.codes import Receipt, decode
from tests.factories import make_shop

#: Already the 22nd in Kyiv.
NOW = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)


def make_printer_row(connection: Connection, store: int, name: str = "Checkout 2") -> int:
    made = insert(printer).values(store_id=store, name=name, address="tcp://127.0.0.1:1", profile="epson-80")
    return int(connection.execute(made.returning(printer.c.id)).scalar_one())


@pytest.fixture
def place(engine: Engine) -> tuple[int, int]:
    """A store and its printer."""
    with engine.begin() as connection:
        store = make_shop(connection).store
        return store, make_printer_row(connection, store)


def issue(engine: Engine, settings: Settings, place: tuple[int, int], key: str) -> Issued:
    with engine.begin() as connection:
        return issue_review_slip(connection, settings, *place, key=key, now=NOW, reference="0042")


def test_the_code_is_signed_by_the_store_s_own_signer(
    engine: Engine, settings: Settings, place: tuple[int, int]
) -> None:
    issued = issue(engine, settings, place, "a")
    claim = decode(issued.code)
    assert isinstance(claim.content, Receipt)
    assert (claim.content.day, claim.content.serial) == (date(2026, 11, 22), 1)
    assert claim.is_signed_by(key(settings, claim.content.signer_id, claim.key_number))
    with engine.connect() as connection:
        [row] = connection.execute(select(receipt))
        [queued] = connection.execute(select(job))
    assert (row.serial, row.reference) == (1, "0042")
    slip = slip_of(queued.payload)
    assert slip.shop == "Riverside"
    assert slip.link.endswith(f"/Q/{issued.code}")
    assert slip.link == slip.link.upper()


def test_a_key_that_is_known_gives_the_same_slip(engine: Engine, settings: Settings, place: tuple[int, int]) -> None:
    first = issue(engine, settings, place, "a")
    assert issue(engine, settings, place, "a") == first
    assert issue(engine, settings, place, "b") != first
    with engine.connect() as connection:
        assert len(connection.execute(select(receipt)).all()) == 2


def test_many_at_once_get_a_number_each_and_leave_none_out(
    engine: Engine, settings: Settings, place: tuple[int, int]
) -> None:
    issued: list[Issued] = []

    def ask(number: int) -> None:
        issued.append(issue(engine, settings, place, str(number // 2)))  # every key twice

    threads = [threading.Thread(target=ask, args=[number]) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(issued) == 12
    assert len(set(issued)) == 6
    with engine.connect() as connection:
        assert sorted(connection.scalars(select(receipt.c.serial))) == [1, 2, 3, 4, 5, 6]


def test_another_store_s_printer_is_none_and_its_keys_are_its_own(
    engine: Engine, settings: Settings, place: tuple[int, int]
) -> None:
    with engine.begin() as connection:
        other = make_shop(connection, "Hillside").store
        printer_id = make_printer_row(connection, other)
    with pytest.raises(LookupError):
        issue(engine, settings, (place[0], printer_id), "a")
    assert issue(engine, settings, place, "a").code != issue(engine, settings, (other, printer_id), "a").code


def test_what_is_rolled_back_was_never_issued(engine: Engine, settings: Settings, place: tuple[int, int]) -> None:
    with engine.connect() as connection:
        issue_review_slip(connection, settings, *place, key="a", now=NOW)
        connection.rollback()
    with engine.connect() as connection:
        assert connection.execute(select(job)).all() == []
        assert connection.execute(select(receipt)).all() == []


def test_printed_again_it_says_so(engine: Engine, settings: Settings, place: tuple[int, int]) -> None:
    first = issue(engine, settings, place, "a")
    with engine.begin() as connection:
        again = print_again(connection, first.job_id, key="x", now=NOW)
        assert print_again(connection, first.job_id, key="x", now=NOW) == again
        payloads = {row.id: row.payload for row in connection.execute(select(job))}
    assert len(payloads) == 2
    assert slip_of(payloads[again]).copy
    assert slip_of(payloads[again]).link == slip_of(payloads[first.job_id]).link
