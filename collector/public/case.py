"""What a customer can do about their own case, by its link and without a name: look, write more, send a picture, say
whether it is settled, open it again, stop all messages, have what they left erased."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Response, redirect, request, url_for
from limits import parse_many
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from collector.cases.changes.attachments import LARGEST_OF_CUSTOMER, customer_attaches
from collector.cases.changes.by_customer import (
    RECOVERY_BUTTONS,
    customer_adds,
    customer_confirms,
    customer_recovers,
    customer_reopens,
)
from collector.cases.changes.conditional import LONGEST_COMMENT, KeyUsed, NotAllowed
from collector.current import database, now, settings
from collector.forms import NONCE, clean
from collector.insights.faces import face
from collector.limits import limiter
from collector.personal.erase import erase_case_person
from collector.pictures import Busy, NotAPicture
from collector.public.page import page
from collector.public.picture import fitting
from collector.public.progress import progress

#: What comes from one case's customer. A link may be passed on, and is no chat.
_SENT = parse_many("30 per hour; 60 per day")
#: What is said after each of these was done.
_DONE = {"added", "confirmed", "reopened", "recovered", "erased"}


class Undone(Exception):
    """It was not done; the text names the words that say why."""


def show(
    connection: Connection, code: str, case_id: int, *, todo: str | None = None, text: str = "", status: int = 200
) -> Response:
    """The page of a case.

    Parameters
    ----------
    todo: names the words that say what is to be done first.
    text: what was written, and is not lost.
    """
    done = request.args.get("done")
    return page(
        "case",
        status=status,
        case=progress(connection, case_id, now()),
        code=code,
        nonce=secrets.token_urlsafe(16),
        faces=[(button, face(button, RECOVERY_BUTTONS)) for button in range(1, RECOVERY_BUTTONS + 1)],
        done=done if done in _DONE and not todo else None,
        todo=todo,
        did=request.form.get("do"),
        text=text,
        longest=LONGEST_COMMENT,
    )


def send(code: str, case_id: int) -> AnyResponse:
    """Do what one of the page's forms asks for, and show how things are then."""
    act = _ACTS.get(request.form.get("do", ""))
    text = clean(request.form.get("text", ""))[:LONGEST_COMMENT]
    todo, status = "strange", 422
    if act is None:
        done = None
    elif not all(limiter.limiter.hit(limit, "case", str(case_id)) for limit in _SENT):
        done, todo, status = None, "much at once", 429
    else:
        try:
            done = _in_one_transaction(act, case_id, text)
            todo, status = "too late", 409
        except Undone as reason:
            done, todo = None, str(reason)
    if done:
        return back(code, done)
    with database().connect() as connection:
        return show(connection, code, case_id, todo=todo, text=text, status=status)


def erase(code: str, case_id: int) -> AnyResponse:
    """Erase what the customer left."""
    with database().begin() as connection:
        erase_case_person(connection, settings(), case_id, now())
    return back(code, "erased")


def back(code: str, done: str) -> AnyResponse:
    """To the case's page, so that a reload sends nothing anew."""
    return redirect(url_for("public.show", code=code, lang=request.args.get("lang"), done=done), 303)


def _in_one_transaction(act: "_Act", case_id: int, text: str) -> str | None:
    """What was done; None where something has changed in the meantime."""
    nonce = request.form.get("form", "")
    if not NONCE.fullmatch(nonce):
        nonce = secrets.token_urlsafe(16)
    try:
        with database().begin() as connection:
            return act(connection, case_id, text, now(), f"customer/{case_id}/{nonce}")
    except KeyUsed:
        # The same page, filled in anew after going back: it is another word.
        with database().begin() as connection:
            return act(connection, case_id, text, now(), f"customer/{case_id}/{secrets.token_urlsafe(16)}")


def _add(connection: Connection, case_id: int, text: str, now: datetime, key: str) -> str | None:
    sent = request.files.get("picture")
    content = sent.read() if sent else b""
    if not text and not content:
        raise Undone("say what")
    done = False
    if content:
        try:
            picture = fitting(content, LARGEST_OF_CUSTOMER)
            name = sent.filename or "" if sent else ""
            done = customer_attaches(connection, settings(), case_id, name, picture, now, f"{key}/picture")
        except Busy:
            raise Undone("much at once") from None
        except (NotAPicture, NotAllowed):
            raise Undone("picture unclear") from None
    if text:
        done = customer_adds(connection, settings(), case_id, text, now, key)
    return "added" if done else None


def _confirm(connection: Connection, case_id: int, _text: str, now: datetime, key: str) -> str | None:
    return "confirmed" if customer_confirms(connection, settings(), case_id, now, key) else None


def _reopen(connection: Connection, case_id: int, text: str, now: datetime, key: str) -> str | None:
    if not text:
        raise Undone("say what is missing")
    return "reopened" if customer_reopens(connection, settings(), case_id, text, now, key) else None


def _recover(connection: Connection, case_id: int, text: str, now: datetime, key: str) -> str | None:
    button = request.form.get("button", type=int)
    if button is None or not 1 <= button <= RECOVERY_BUTTONS:
        raise Undone("choose a face")
    return "recovered" if customer_recovers(connection, settings(), case_id, button, text, now, key) else None


_Act = Callable[[Connection, int, str, datetime, str], str | None]
_ACTS: Mapping[str, _Act] = {"add": _add, "confirm": _confirm, "reopen": _reopen, "recover": _recover}
