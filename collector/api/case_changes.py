"""What is done to cases. Each change is carried out once for the same `Idempotency-Key`; of two programs that come at
once one is told 409, and a rule of the place that is against it is told as 422."""

import io
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import abort, request, send_file
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from werkzeug.http import parse_options_header
from werkzeug.wrappers import Response as BaseResponse

from collector.accounts.tables import account
from collector.accounts.viewer import viewer
from collector.api.cases import KEY_USED, NUMBER, CaseSchema, doer, visible
from collector.api.resources import Resources
from collector.api.schemas import Moment, Sent, Text, about, page_next
from collector.cases import changes, queries
from collector.cases.changes import attachments
from collector.cases.changes.external import follow
from collector.current import database, settings
from collector.improvements.changes import LONGEST
from collector.surveys.definition import LANGUAGES

resources = Resources("Changes of cases", "What is done to a case; who and when is written down with it.")


class Remark(Schema):
    comment = Text(changes.LONGEST_COMMENT, required=True)


class PerhapsRemark(Schema):
    comment = Text(changes.LONGEST_COMMENT, **about("Needed where the place asks for it."))


#: As numbers: of a decimal field, the document would say them as text.
_NUMBERS = {"minimum": 0, "maximum": 99_999_999}


class Resolution(Remark):
    root_cause = Text(100, **about("One of those of the place's policy."))
    compensation = fields.Decimal(
        load_default=None,
        allow_none=True,
        places=None,
        validate=validate.Range(0, 99_999_999),
        **about("Given to the customer now, in the policy's currency; the case shows the sum.", **_NUMBERS),
    )
    did = fields.Dict(
        keys=fields.String(validate=validate.OneOf(LANGUAGES)),
        values=Text(LONGEST, required=True),
        load_default=None,
        **about("What the place changed, by language, for its kiosks and slips: you said, we did."),
    )


class Assignment(PerhapsRemark):
    account = Text(100, required=True, **about("Name of an account that sees the store."))


class Move(PerhapsRemark):
    store = fields.Integer(required=True, validate=NUMBER)


class Merge(Schema):
    into = fields.Integer(required=True, validate=NUMBER, **about("A case that is not resolved."))


class Link(Schema):
    other = fields.Integer(required=True, validate=NUMBER)


class External(PerhapsRemark):
    number = Text(changes.LONGEST_EXTERNAL, required=True, **about("Of the case in the other system."))
    state = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(("open", "taken", "waiting", "resolved")),
        **about("How it stands there; the case here follows. `waiting` and `resolved` need a comment."),
    )


class CaseAttachmentSchema(Sent):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    type = fields.String(required=True)
    size = fields.Integer(required=True, **about("Bytes."))
    author = fields.String(required=True, **about("Empty: the customer."))
    at = Moment(required=True)


class CaseAttachmentsSchema(Sent):
    items = fields.List(fields.Nested(CaseAttachmentSchema), required=True)
    next = page_next()


@resources.url_value_preprocessor  # type: ignore[untyped-decorator] # flask-smorest has no types
def allow_a_file(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before anything looks at the body, which elsewhere is smaller."""
    if request.method == "POST" and request.path.endswith("/attachments"):
        request.max_content_length = attachments.LARGEST


def _writes(path: str, takes: type[Schema]) -> Callable[..., Any]:
    full = f"/cases/<int:case_id>/{path}"
    return resources.writes(full, right="act", takes=takes, sends=CaseSchema, status=HTTPStatus.OK)


@_writes("take", PerhapsRemark)
def take(asked: dict[str, Any], case_id: int) -> queries.Case:
    """Take a case that nobody has taken."""
    return _change(case_id, changes.take, asked["comment"] or "")


@_writes("assign", Assignment)
def assign(asked: dict[str, Any], case_id: int) -> queries.Case:
    """Make somebody responsible; unless it is themselves who ask, they have to take it then."""

    with database().connect() as connection:
        account_id = connection.scalar(select(account.c.id).where(account.c.name == asked["account"]))
    return _change(case_id, changes.assign, account_id or 0, asked["comment"] or "")


@_writes("comment", Remark)
def comment(asked: dict[str, Any], case_id: int) -> queries.Case:
    """Add a remark, which the customer does not see."""
    return _change(case_id, changes.comment, asked["comment"])


@_writes("reply", Remark)
def reply(asked: dict[str, Any], case_id: int) -> queries.Case:
    """Write to the customer: on the case's page, and by the channel that they chose."""
    return _change(case_id, changes.reply, asked["comment"])


@_writes("wait", Remark)
def wait(asked: dict[str, Any], case_id: int) -> queries.Case:
    """Ask the customer something; the clocks stand still until they answer, or until it is resumed."""
    return _change(case_id, changes.wait, asked["comment"])


@_writes("resume", PerhapsRemark)
def resume(asked: dict[str, Any], case_id: int) -> queries.Case:
    """Go on with a case that waits for its customer."""
    return _change(case_id, changes.resume, asked["comment"] or "")


@_writes("climb", PerhapsRemark)
def climb(asked: dict[str, Any], case_id: int) -> queries.Case:
    """Pass it on to the next step now."""
    return _change(case_id, changes.climb_now, asked["comment"] or "")


@_writes("move", Move)
def move(asked: dict[str, Any], case_id: int) -> queries.Case:
    """Give it to the store that it belongs to."""
    return _change(case_id, changes.move, asked["store"], asked["comment"] or "")


@_writes("resolve", Resolution)
def resolve(asked: dict[str, Any], case_id: int) -> queries.Case:
    """Resolve a case; the customer reads the comment. Where the place wants a second look, its state is `review` then,
    and another person has to `accept`."""
    more = {name: asked[name] for name in ("root_cause", "compensation", "did")}
    return _change(case_id, changes.resolve, asked["comment"], **more)


@_writes("accept", PerhapsRemark)
def accept(asked: dict[str, Any], case_id: int) -> queries.Case:
    """Sign off how another person proposed to resolve it. People do that, with an account of theirs: to a program it
    is refused as 422."""
    return _change(case_id, changes.accept, asked["comment"] or "")


@_writes("reject", Remark)
def reject(asked: dict[str, Any], case_id: int) -> queries.Case:
    """Give the proposal back, with the reason."""
    return _change(case_id, changes.reject, asked["comment"])


@_writes("reopen", PerhapsRemark)
def reopen(asked: dict[str, Any], case_id: int) -> queries.Case:
    """Open a resolved case again, or one that goes on as part of another one; its clock goes on."""
    return _change(case_id, changes.reopen, asked["comment"] or "")


@_writes("merge", Merge)
def merge(asked: dict[str, Any], case_id: int) -> queries.Case:
    """Let it go on as part of another case, which is the same problem."""
    return _change(case_id, changes.merge, asked["into"])


@_writes("link", Link)
def link(asked: dict[str, Any], case_id: int) -> queries.Case:
    """Say that two cases have to do with each other."""
    return _change(case_id, changes.link, asked["other"])


@_writes("external", External)
def external(asked: dict[str, Any], case_id: int) -> queries.Case:
    """Say under which number another system has it, and how it stands there: the case here follows."""
    return _change(case_id, follow, asked["number"], asked["state"], asked["comment"] or "")


@resources.reads("/cases/<int:case_id>/attachments", right="voices", sends=CaseAttachmentsSchema)
def list_attachments(case_id: int) -> dict[str, Any]:
    """Pictures and papers of a case."""
    with database().connect() as connection:
        visible(connection, case_id)
        return {"items": attachments.attachments(connection, case_id), "next": None}


@resources.reads("/cases/<int:case_id>/attachments/<int:attachment_id>", right="voices", sends=CaseAttachmentSchema)
def show_attachment(case_id: int, attachment_id: int) -> BaseResponse:
    """One of them: the file itself, with its media type."""
    with database().connect() as connection:
        found = attachments.attachment_of(connection, case_id, attachment_id, viewer().place_id)
    if found is None:
        abort(404, "There is no such attachment, or you do not see its case.")
    return send_file(io.BytesIO(found.content), found.type, as_attachment=True, download_name=found.name)


@resources.writes("/cases/<int:case_id>/attachments", right="act", sends=CaseSchema)
def attach(case_id: int) -> queries.Case:
    """Put a picture (JPEG, PNG) or a PDF to a case, once for the same `Idempotency-Key`. The body is the file, its name
    is in `Content-Disposition: attachment; filename="…"`."""
    _, said = parse_options_header(request.headers.get("Content-Disposition"))
    return _change(case_id, changes.attach, said.get("filename", ""), request.get_data())


def _change(case_id: int, change: Callable[..., bool], *words: Any, **more: Any) -> queries.Case:
    """Change a case as the one who asks; returns how it stands then."""
    by = doer()
    with database().begin() as connection:
        visible(connection, case_id)
        try:
            done = change(connection, settings(), case_id, by, *words, **more)
        except changes.KeyUsed:
            abort(422, KEY_USED)
        except changes.NotAllowed as problem:
            abort(422, str(problem))
        case = visible(connection, case_id)
    if not done:
        abort(409, f"Somebody else was first: the case is {case.state} now.")
    return case
