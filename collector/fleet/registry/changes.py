"""The registry as people and their tools change it: kiosks are made, get an identity, move, are replaced and end. Who
did it is in the audit log, and what they said about it among the kiosk's notes."""

import contextlib
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import Connection, Row, Select, select, update
from sqlalchemy.dialects.postgresql import insert

from collector.audit import log
from collector.failure import Failure
from collector.fleet.credentials import Credentials, new_secret
from collector.fleet.life import Why
from collector.fleet.queries import Kiosk
from collector.fleet.registry import enrolment, naming, notes
from collector.fleet.tables import kiosk, kiosk_placement, kiosk_secret, kiosk_status
from collector.links.tables import signer
from collector.places.queries import below
from collector.places.tables import place, touchpoint
from collector.settings import Settings
from collector.slips.signers import end_signer
from collector.surveys.default import ensure_default
from collector.surveys.queries import NothingAsked, faces_at


class CannotChange(Exception):
    """This cannot be done with this kiosk; the message is a sentence that says why."""


class KeyUsed(CannotChange):
    """The idempotency key belongs to another request."""


class Wanted(NamedTuple):
    """A kiosk that is to be in the registry."""

    touchpoint_id: int
    #: None: by its store and touchpoint, with the next free number.
    kiosk_id: str | None = None
    #: What it is made of, where that is known.
    board: str | None = None
    serial: str | None = None
    #: That the kiosk of this id lives on another board so far is no mistake.
    another_board: bool = False


def visible_touchpoint(connection: Connection, place_id: int, touchpoint_id: int) -> Row[Any] | None:
    """Id, name, store and store's name of a touchpoint; None where the people of the place do not see it."""
    return connection.execute(_touchpoint(touchpoint_id).where(below(place_id))).first()


def make(connection: Connection, installation: Settings, wanted: Wanted, key: str | None = None) -> tuple[str, bool]:
    """The id of the kiosk that is wanted, and whether it is new: made, without a secret.

    Parameters
    ----------
    wanted: at a touchpoint that there is.
    key: idempotency key; with one that is known, the kiosk that was made under it.

    Raises
    ------
    CannotChange: there is one of this name that is retired, stands elsewhere, or lives on another board; or
        no name is free.
    KeyUsed
    """
    # The store's row is the lock under which its kiosks are made one by one.
    query = _touchpoint(wanted.touchpoint_id).with_for_update(of=place, key_share=True)
    here = connection.execute(query).one()
    while (known := _made_under(connection, key)) is None:
        name = wanted.kiosk_id or _next_name(connection, here.store, here.name)
        values = {"state": "enrolled", "board": wanted.board, "serial": wanted.serial, "key": key}
        made = insert(kiosk).values(id=name, **values).on_conflict_do_nothing().returning(kiosk.c.id)
        if connection.scalar(made):
            asked = _question(connection, here)
            enrolment.stand_at(connection, installation, name, here.id, asked)
            return name, True
        if wanted.kiosk_id and _made_under(connection, key) is None:
            _check_same(connection, name, here.id)
            if wanted.serial and not wanted.another_board:
                _check_board(connection, name, wanted.serial)
            describe(connection, name, wanted.board, wanted.serial)
            return name, False
    if wanted.kiosk_id not in {None, known} or _made_at(connection, known) != here.id:
        raise KeyUsed("This Idempotency-Key was used for another kiosk. Take a new key for a new kiosk.")
    return known, False


def describe(connection: Connection, kiosk_id: str, board: str | None, serial: str | None) -> None:
    """Write down what the kiosk is made of, as far as that is known."""
    known = {name: value for name, value in (("board", board), ("serial", serial)) if value}
    if known:
        connection.execute(update(kiosk).where(kiosk.c.id == kiosk_id).values(known))


def give_secret(
    connection: Connection, installation: Settings, of: Kiosk, author: str, key: str | None = None
) -> Credentials | None:
    """A further secret for a kiosk, to be told once; None: under this key one was told already.

    Raises
    ------
    CannotChange: it is retired.
    """
    # Its lock is why numbers count up, and why nobody gets in whom somebody else retires in this moment.
    _check_alive(connection, of.id)
    if key is not None and connection.execute(select(kiosk_secret.c.number).where(kiosk_secret.c.key == key)).first():
        return None
    made = new_secret(connection, installation, of.id)
    this = kiosk_secret.c.kiosk_id == of.id, kiosk_secret.c.number == made.number
    connection.execute(update(kiosk_secret).where(*this).values(key=key))
    log.note(connection, author, "gave-secret", f"kiosks/{of.id}", of.store_id)
    return made


def secret_numbers(connection: Connection, kiosk_id: str) -> list[int]:
    """Numbers of the secrets with which a kiosk can sign in."""
    numbers = select(kiosk_secret.c.number).where(kiosk_secret.c.kiosk_id == kiosk_id)
    return list(connection.scalars(numbers.order_by(kiosk_secret.c.number)))


def move(connection: Connection, installation: Settings, which: Kiosk, touchpoint_id: int, author: str) -> None:
    """The kiosk stands at another touchpoint from now on, and has the settings that belong there.

    Raises
    ------
    CannotChange: it is retired.
    collector.fleet.settings.given.CannotSet: its settings there are too large for a kiosk.
    """
    _check_alive(connection, which.id)
    if _stands_at(connection, which.id) == touchpoint_id:  # as of now, under its lock
        return
    enrolment.move(connection, installation, which.id, touchpoint_id)
    log.note(connection, author, "moved-kiosk", f"kiosks/{which.id}", which.store_id)


def retire(connection: Connection, which: Kiosk, why: Why, comment: str | None, author: str, now: datetime) -> None:
    """The kiosk is none of ours any more: the broker cuts it off, and what it says is not taken.

    Raises
    ------
    CannotChange: it was retired for another reason.
    """
    if enrolment.retire(connection, which.id, now, why):
        _end_signers(connection, which.id)
        log.note(connection, author, "retired-kiosk", f"kiosks/{which.id}", which.store_id)
    elif connection.scalar(select(kiosk.c.retired_why).where(kiosk.c.id == which.id)) != why:
        raise CannotChange(_("This kiosk is retired already, for another reason."))
    else:
        return
    if comment:
        notes.write(connection, which.id, comment, author)


def replace(
    connection: Connection,
    installation: Settings,
    which: Kiosk,
    by: Kiosk,
    comment: str | None,
    author: str,
    now: datetime,
) -> None:
    """Another kiosk takes this one's touchpoint, question and settings, and this one is retired, unless it is already.
    Its history stays with the place.

    Raises
    ------
    CannotChange: it was replaced by another one, or that other one is retired or the same.
    collector.fleet.settings.given.CannotSet: its settings are too large for a kiosk.
    """
    # Of two at once the second sees what the first has done; by id, so that neither waits for the other for ever.
    both = select(kiosk.c.id).where(kiosk.c.id.in_([which.id, by.id])).order_by(kiosk.c.id)
    connection.execute(both.with_for_update(key_share=True))
    replaced_by = connection.scalar(select(kiosk.c.replaced_by).where(kiosk.c.id == which.id))
    if replaced_by == by.id:
        return
    if replaced_by:
        raise CannotChange(_("This kiosk was replaced by %(kiosk)s already.", kiosk=replaced_by))
    if by.id == which.id:
        raise CannotChange(_("A kiosk cannot replace itself. Name the one that stands in its place."))
    _check_alive(connection, by.id)
    enrolment.replace(connection, installation, which.id, by.id, now)
    _end_signers(connection, which.id)
    log.note(connection, author, "replaced-kiosk", f"kiosks/{which.id}", which.store_id)
    if comment:
        notes.write(connection, which.id, comment, author)


def _touchpoint(touchpoint_id: int) -> Select[Any]:
    return (
        select(touchpoint.c.id, touchpoint.c.name, touchpoint.c.store_id, place.c.name.label("store"))
        .join(place, place.c.id == touchpoint.c.store_id)
        .where(touchpoint.c.id == touchpoint_id, touchpoint.c.ended_at.is_(None), place.c.ended_at.is_(None))
    )


def _made_under(connection: Connection, key: str | None) -> str | None:
    return connection.scalar(select(kiosk.c.id).where(kiosk.c.key == key)) if key else None


def _made_at(connection: Connection, kiosk_id: str) -> int | None:
    """The touchpoint at which it stood first."""
    stood = select(kiosk_placement.c.touchpoint_id).where(kiosk_placement.c.kiosk_id == kiosk_id)
    return connection.scalar(stood.order_by(kiosk_placement.c.since).limit(1))


def _next_name(connection: Connection, store: str, touchpoint: str) -> str:
    stem = naming.stem(store, touchpoint)
    taken = connection.scalars(select(kiosk.c.id).where(kiosk.c.id.startswith(f"{stem}-"))).all()
    number = naming.next_number(stem, taken)
    if number is None:
        raise CannotChange(_("There is no free name %(stem)s-… for it. Name it yourself.", stem=stem))
    return f"{stem}-{number}"


def _question(connection: Connection, here: Row[Any]) -> int:
    """What its buttons ask: an organisation that asks nothing yet begins with the default survey."""
    try:
        return faces_at(connection, here.store_id, here.id)
    except NothingAsked:
        ensure_default(connection)
        return faces_at(connection, here.store_id, here.id)


def _check_same(connection: Connection, kiosk_id: str, touchpoint_id: int) -> None:
    _check_alive(connection, kiosk_id)
    if _stands_at(connection, kiosk_id) != touchpoint_id:
        raise CannotChange(_("%(kiosk)s stands elsewhere. Move it from there, or take another name.", kiosk=kiosk_id))


def _stands_at(connection: Connection, kiosk_id: str) -> int | None:
    stands = kiosk_placement.c.kiosk_id == kiosk_id, kiosk_placement.c.until.is_(None)
    return connection.scalar(select(kiosk_placement.c.touchpoint_id).where(*stands))


def _check_board(connection: Connection, kiosk_id: str, serial: str) -> None:
    """A kiosk that was heard is not taken from its board by somebody who mistook its id."""
    asked = (
        select(kiosk.c.serial, kiosk_status.c.received_at, place.c.time_zone)
        .join(kiosk_status, kiosk_status.c.kiosk_id == kiosk.c.id)
        .join(kiosk_placement, (kiosk_placement.c.kiosk_id == kiosk.c.id) & kiosk_placement.c.until.is_(None))
        .join(touchpoint, touchpoint.c.id == kiosk_placement.c.touchpoint_id)
        .join(place, place.c.id == touchpoint.c.store_id)
    )
    heard = connection.execute(asked.where(kiosk.c.id == kiosk_id)).first()
    if heard and heard.serial and heard.serial != serial:
        at = heard.received_at.astimezone(ZoneInfo(heard.time_zone))
        raise CannotChange(
            f"{kiosk_id} is another board (chip {heard.serial}), last heard {at:%Y-%m-%d %H:%M}. Give the new board "
            f"another id, and then: smilepost provision replace {kiosk_id} --by NEW. Where the old board is gone and "
            "the new one is to keep its id: --another-board"
        )


def _check_alive(connection: Connection, kiosk_id: str) -> None:
    """The kiosk is not retired, and nobody retires it before the caller's transaction ends."""
    alive = select(kiosk.c.state).where(kiosk.c.id == kiosk_id).with_for_update(key_share=True)
    if connection.scalar(alive) != "enrolled":
        raise CannotChange(_("%(kiosk)s is retired: take another one.", kiosk=kiosk_id))


def _end_signers(connection: Connection, kiosk_id: str) -> None:
    """What a Raspberry Pi could sign receipts with ends with it."""
    for signer_id in connection.scalars(select(signer.c.id).where(signer.c.kiosk_id == kiosk_id)).all():
        with contextlib.suppress(Failure):  # it has ended already
            end_signer(connection, signer_id)
