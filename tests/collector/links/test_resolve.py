"""What a code stands for, and how long."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert, update

from collector.cases.tables import cases
from collector.links.keys import COLLECTOR, key
from collector.links.resolve import WRITING_TIME, Meaning, Outcome, Refusal, resolve
from collector.links.tables import link_key, receipt
from collector.places.tables import place
from collector.settings import Settings
from printer.codes import Case, Content, Poster, Press, Receipt, encode
from tests.collector.customers import code_of, make_receipt
from tests.factories import NOW, Shop, make_kiosk, make_ratings


def meaning(engine: Engine, settings: Settings, content: Content, later: timedelta = timedelta()) -> Outcome:
    code = code_of(engine, settings, content)
    with engine.connect() as connection:
        return resolve(connection, settings, code, NOW + later)


def test_poster_is_a_touchpoint_for_ever(engine: Engine, settings: Settings, riverside: Shop) -> None:
    expected = Meaning(Poster(riverside.exit), riverside.store, riverside.exit)
    assert meaning(engine, settings, Poster(riverside.exit), timedelta(days=3650)) == expected


def test_press_is_its_rating_for_ten_minutes(engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        cursor = make_kiosk(connection, riverside)
        make_ratings(connection, cursor, [1, 4], happened=NOW)
    found = meaning(engine, settings, Press(cursor, 2), timedelta(minutes=9))
    assert isinstance(found, Meaning)
    assert (found.store_id, found.touchpoint_id) == (riverside.store, riverside.exit)
    assert found.rated
    assert (found.rated.button, found.rated.buttons, found.rated.score) == (4, 4, 0)
    assert meaning(engine, settings, Press(cursor, 2), timedelta(minutes=11)) is Refusal.EXPIRED
    assert meaning(engine, settings, Press(cursor, 3)) is Refusal.NOT_YET
    assert meaning(engine, settings, Press(cursor + 1, 1)) is Refusal.UNKNOWN


def test_whoever_writes_has_time_to_finish(engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        cursor = make_kiosk(connection, riverside)
        make_ratings(connection, cursor, [4], happened=NOW)
    code = code_of(engine, settings, Press(cursor, 1))
    with engine.connect() as connection:
        later = NOW + timedelta(minutes=30)
        assert isinstance(resolve(connection, settings, code, later, late=WRITING_TIME), Meaning)
        assert resolve(connection, settings, code, later + timedelta(hours=1), late=WRITING_TIME) is Refusal.EXPIRED


def test_receipt_is_its_signers_store_for_thirty_days(engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        bought = make_receipt(connection, riverside.store)
    assert meaning(engine, settings, bought, timedelta(days=30)) == Meaning(bought, riverside.store)
    assert meaning(engine, settings, bought, timedelta(days=31)) is Refusal.EXPIRED
    with engine.begin() as connection:  # the till's own words come later
        values = {"signer_id": bought.signer_id, "day": bought.day, "serial": bought.serial}
        connection.execute(insert(receipt).values(**values, touchpoint_id=riverside.checkout, reference="4711"))
    assert meaning(engine, settings, bought) == Meaning(bought, riverside.store, riverside.checkout)


@pytest.mark.parametrize("content", [Poster(99), Press(99, 1), Receipt(99, NOW.date(), 1), Case(99)])
def test_what_is_not_there_looks_like_a_forgery(engine: Engine, settings: Settings, content: Content) -> None:
    assert meaning(engine, settings, content) is Refusal.UNKNOWN
    with engine.connect() as connection:
        assert resolve(connection, settings, encode(content, 0, bytes(32)), NOW) is Refusal.UNKNOWN


def test_what_was_taken_out_asks_nobody_and_still_answers(engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        cursor = make_kiosk(connection, riverside)
        make_ratings(connection, cursor, [4], happened=NOW)
        bought = make_receipt(connection, riverside.store)
        opened = {"identity": "hand:1", "kind": "complaint", "place_id": riverside.region, "opened_at": NOW}
        made = insert(cases).values(store_id=riverside.store, state="open", step=0, **opened).returning(cases.c.id)
        case_id = connection.execute(made).scalar_one()
        connection.execute(update(place).where(place.c.id == riverside.store).values(ended_at=NOW))
    assert meaning(engine, settings, Poster(riverside.exit)) is Refusal.UNKNOWN
    assert meaning(engine, settings, bought) is Refusal.UNKNOWN
    assert meaning(engine, settings, Press(cursor, 1)) is Refusal.EXPIRED
    assert meaning(engine, settings, Case(case_id)) == Meaning(Case(case_id), riverside.store)


def test_signers_keys_are_their_own(engine: Engine, settings: Settings, riverside: Shop) -> None:
    with engine.begin() as connection:
        ours, theirs = (make_receipt(connection, riverside.store) for _ in range(2))
        forged = encode(ours, 0, key(settings, theirs.signer_id, 0))
        assert resolve(connection, settings, forged, NOW) is Refusal.UNKNOWN


def test_old_keys_hold_until_their_end(engine: Engine, settings: Settings, riverside: Shop) -> None:
    old = code_of(engine, settings, Poster(riverside.exit))
    with engine.begin() as connection:
        unknown = encode(Poster(riverside.exit), 1, key(settings, COLLECTOR, 1))
        assert resolve(connection, settings, unknown, NOW) is Refusal.UNKNOWN
        ahead = NOW + timedelta(days=36500)  # keys end by the database's clock
        connection.execute(insert(link_key).values(signer_id=COLLECTOR, number=0, ends_at=ahead))
        connection.execute(insert(link_key).values(signer_id=COLLECTOR, number=1))
    new = code_of(engine, settings, Poster(riverside.exit))
    assert new == unknown
    with engine.begin() as connection:
        assert isinstance(resolve(connection, settings, old, NOW), Meaning)
        past = NOW - timedelta(days=36500)
        connection.execute(update(link_key).where(link_key.c.number == 0).values(ends_at=past))
        assert resolve(connection, settings, old, NOW) is Refusal.UNKNOWN
        assert isinstance(resolve(connection, settings, new, NOW), Meaning)
