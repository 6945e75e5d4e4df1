"""What is done with people: each change in one transaction, with its line in the audit log.

Whoever asks sees the person's place and looks after their role (`rules`); the views make sure of that. Here it is made
sure that two who act at once do not undo each other, and that somebody is left to let others in.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from collector.accounts.people.lookalikes import twin
from collector.accounts.people.queries import Person
from collector.accounts.people.rules import locks_out
from collector.accounts.reach import Reach, choose_reach
from collector.accounts.roles import Role
from collector.accounts.second_factor import keep
from collector.accounts.sessions import may_come
from collector.accounts.tables import account, recovery_code, session, sign_in_link
from collector.audit.log import Action, note
from collector.places.tables import place
from collector.settings import Settings


class NameTaken(ValueError):
    """Somebody is called so already, here or elsewhere in the installation."""


class LooksAlike(ValueError):
    """Somebody has a name that looks like this one."""


class LastAdmin(ValueError):
    """Nobody would be left who can let others in."""


@dataclass(frozen=True)
class Newcomer:
    name: str
    role: Role
    place_id: int
    reach: Reach


def add(connection: Connection, newcomer: Newcomer, by: str) -> int:
    """A new account, without a password; returns its id.

    Raises
    ------
    NameTaken, LooksAlike: choose another name.
    """
    same = connection.scalars(select(account.c.name).where(account.c.name != newcomer.name)).all()
    if twin(newcomer.name, same):
        raise LooksAlike
    values = {"name": newcomer.name, "role": newcomer.role, "place_id": newcomer.place_id, **vars(newcomer.reach)}
    try:
        with connection.begin_nested():
            made = connection.execute(insert(account).values(values).returning(account.c.id)).scalar_one()
    except IntegrityError as problem:
        raise NameTaken from problem
    _note(connection, by, "invited-person", made, [newcomer.place_id])
    return int(made)


def change(
    connection: Connection, settings: Settings, person: Person, role: Role, place_id: int, reach: Reach, by: str
) -> bool:
    """Give somebody a role, a place, and where they hear; False: they are not as they were when `person` was read.

    Raises
    ------
    LastAdmin: of their place.
    """
    if (role, place_id) != (person.role, person.place_id):
        _keep_an_admin(connection, person)
    unchanged = account.c.role == person.role, account.c.place_id == person.place_id, account.c.ended_at.is_(None)
    changed = update(account).where(account.c.id == person.id, *unchanged).values(role=role, place_id=place_id)
    if connection.execute(changed).rowcount == 0:
        return False
    if role != person.role:
        _note(connection, by, "changed-role", person.id, [person.place_id, place_id])
    if place_id != person.place_id:
        _note(connection, by, "moved-person", person.id, [person.place_id, place_id])
    if role == "email-only" != person.role:
        _shut(connection, person.id)
    if role != person.role and keep.is_lacking(connection, settings, person.id):  # set up on the way in
        connection.execute(delete(session).where(session.c.account_id == person.id))
    if reach != Reach(person.email, person.phone, person.language):
        choose_reach(connection, person.id, reach)
        _note(connection, by, "changed-reach", person.id, [place_id])
    return True


def end(connection: Connection, person: Person, by: str) -> bool:
    """From now on nobody signs in as them; False: that was so already. What they did stays theirs.

    Raises
    ------
    LastAdmin: of their place.
    """
    _keep_an_admin(connection, person)
    ended = update(account).where(account.c.id == person.id, account.c.ended_at.is_(None)).values(ended_at=func.now())
    if connection.execute(ended).rowcount == 0:
        return False
    _shut(connection, person.id)
    _note(connection, by, "ended-person", person.id, [person.place_id])
    return True


def bring_back(connection: Connection, person: Person, by: str) -> bool:
    """They may sign in again, as before; False: they could."""
    back = update(account).where(account.c.id == person.id, account.c.ended_at.is_not(None)).values(ended_at=None)
    if connection.execute(back).rowcount == 0:
        return False
    _note(connection, by, "brought-back-person", person.id, [person.place_id])
    return True


def let_in_anew(connection: Connection, person: Person, by: str, *, is_handed_over: bool = True) -> None:
    """Forget how they signed in (password, second factor, single sign-on): the next link begins anew.

    For whoever has forgotten a password or lost a telephone, and for an invitation that came too late.

    Parameters
    ----------
    is_handed_over: whoever asks sees the link; otherwise it goes by mail, and may reach nobody.

    Raises
    ------
    LastAdmin: of their place, and a mail is too little to build on.
    """
    if person.has_come and not is_handed_over:
        _keep_an_admin(connection, person)
    forgotten = {"password": None, "totp": None, "totp_step": None, "issuer": None, "subject": None}
    connection.execute(update(account).where(account.c.id == person.id).values(forgotten))
    connection.execute(delete(recovery_code).where(recovery_code.c.account_id == person.id))
    _shut(connection, person.id)
    _note(connection, by, "let-in-anew" if person.has_come else "invited-person", person.id, [person.place_id])


def sign_out(connection: Connection, person: Person, by: str) -> None:
    """End their sessions on all devices."""
    connection.execute(delete(session).where(session.c.account_id == person.id))
    _note(connection, by, "signed-out-person", person.id, [person.place_id])


def _shut(connection: Connection, account_id: int) -> None:
    """No session and no link of theirs lets in any more."""
    connection.execute(delete(session).where(session.c.account_id == account_id))
    connection.execute(delete(sign_in_link).where(sign_in_link.c.account_id == account_id))


def _keep_an_admin(connection: Connection, person: Person) -> None:
    """Refuse what would leave their place without an admin. Whoever asks at once waits until this one is done."""
    if person.role != "admin":
        return
    comes = *may_come(), or_(account.c.password.is_not(None), account.c.subject.is_not(None))
    admins = select(account.c.id, account.c.place_id).where(account.c.role == "admin", *comes)
    rows = connection.execute(admins.order_by(account.c.id).with_for_update()).all()
    path = connection.execute(select(place.c.path).where(place.c.id == person.place_id)).scalar_one()
    if locks_out(path, [row.place_id for row in rows if row.id != person.id]):
        raise LastAdmin


def _note(connection: Connection, by: str, action: Action, account_id: int, place_ids: Iterable[int]) -> None:
    for place_id in dict.fromkeys(place_ids):
        note(connection, by, action, f"people/{account_id}", place_id)
