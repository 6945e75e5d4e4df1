"""Where printers call: `/print/<secret>/cloudprnt` and `/print/<secret>/epson`.

A printer that calls in vain, and every few seconds, costs one look into the database and no line in the log.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg
import structlog
from flask import Blueprint, Response, abort, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from limits import parse
from werkzeug.exceptions import BadRequest, MethodNotAllowed, ServiceUnavailable, TooManyRequests, UnsupportedMediaType

from collector import current
from collector.accounts.guard import guard
from collector.limits import limiter
from collector.queue.executor import Outcome
from collector.queue.jobs import Database
from collector.slips.fetch import cloudprnt, epson_sdp, jobs
from collector.slips.fetch.callers import EPSON, STAR, Caller, caller_of, note_call, tell
from collector.slips.fetch.connections import Connections
from collector.slips.fetch.epson_sdp import Answer, Ear
from collector.slips.fetch.papers import NoPaper, paper_of

log = structlog.get_logger()

calls = Blueprint("fetch", __name__, url_prefix="/print/<secret>")
guard(calls, see="nothing")

#: Unknown secrets from one address before it is told to wait. One that is known is answered all the same.
_WRONG_SECRETS = parse("30 per 15 minutes")


def attach(extensions: dict[str, Any]) -> None:
    """What calls need, into the application's `extensions`, in which its settings and its database are."""
    extensions["connections"] = Connections(extensions["settings"], extensions["database"])
    # In memory, like all that one web process counts: after a restart each printer is asked how it is.
    extensions["ears"] = {}


@calls.before_request
def _refuse_head() -> None:
    """Flask takes HEAD for a GET without its answer; but what was fetched without it would never come out."""
    if request.method == "HEAD":
        raise MethodNotAllowed(valid_methods=["GET", "POST", "DELETE"])


@calls.post("/cloudprnt")
def poll(secret: str) -> ResponseReturnValue:
    """A Star printer says how it is, and hears whether something waits."""
    with _calling(secret, STAR) as (database, caller):
        try:
            heard = cloudprnt.read_poll(request.get_data())
        except cloudprnt.NotUnderstood:
            raise BadRequest("A printer says how it is, in JSON.") from None
        note_call(database, caller, heard.condition)
        if not caller.has_work:
            return _in_vain(jsonify(cloudprnt.NOTHING))
        ready = heard.condition.ready
        why = None if ready else heard.condition.sentence
        jobs.heard_while_sending(database, caller.target, busy=heard.busy, why=why)
        if why:
            jobs.wait(database, caller.target, why)
        offered = jobs.offer(database, caller.target, jobs.client_of(heard.mac)) if ready and not heard.busy else None
        return jsonify(cloudprnt.ready(offered.token)) if offered else _in_vain(jsonify(cloudprnt.NOTHING))


@calls.get("/cloudprnt")
def download(secret: str) -> ResponseReturnValue:
    """A Star printer fetches what was offered to it; the same bytes, however often it does."""
    with _calling(secret, STAR) as (database, caller):
        if request.args.get("type") != cloudprnt.PNG:
            raise UnsupportedMediaType
        job = _spoken_of(database, caller)
        paper = _paper(database, caller, job) if job else None
        # From here on it may be printed: written down and committed before the first byte leaves.
        if job is None or paper is None or not jobs.begin(database, job):
            abort(404)
        return Response(paper, mimetype=cloudprnt.PNG, headers=cloudprnt.PNG_HEADERS)


@calls.delete("/cloudprnt")
def confirm(secret: str) -> ResponseReturnValue:
    """A Star printer says what became of it. Saying it again, or of something else, is well."""
    with _calling(secret, STAR) as (database, caller):
        if job := _spoken_of(database, caller):
            _finish(database, caller, job, cloudprnt.outcome(request.args.get("code", "")))
        return Response(status=200)


@calls.post("/epson")
def epson(secret: str) -> ResponseReturnValue:
    """An Epson printer asks for work, or says what became of it, or how it is."""
    with _calling(secret, EPSON) as (database, caller):
        match request.form.get("ConnectionType"):
            case "GetRequest":
                note_call(database, caller, None)
                work = _work(database, caller)
                return _xml(work) if work else _in_vain(_xml(""))
            case "SetResponse":
                _hear_results(database, caller, request.form.get("ResponseFile", ""))
            case "SetStatus":
                if condition := epson_sdp.read_status(request.form.get("Status", "")):
                    _ear(caller).hear(condition, current.now(), answers=True)
                    note_call(database, caller, condition)
        return _xml("")


def _work(database: Database, caller: Caller) -> str:
    """What an Epson printer gets that asks for work."""
    if caller.has_work and jobs.in_hand(database, caller.target):  # it is at it, or has lost it
        return ""
    answer = _ear(caller).answer(current.now(), waiting=caller.has_work)
    if answer is Answer.QUESTION:
        return epson_sdp.request(epson_sdp.QUESTION)
    job = jobs.offer(database, caller.target, caller.id) if answer is Answer.SLIP else None
    paper = _paper(database, caller, job) if job else None
    if job is None or paper is None or not jobs.begin(database, job):
        return ""
    return epson_sdp.request(job.token, paper)


def _hear_results(database: Database, caller: Caller, text: str) -> None:
    results = epson_sdp.read_results(text)
    if not results:
        log.warning("a printer's answer cannot be read", printer=caller.id)
    for result in results:
        held = jobs.in_hand(database, caller.target)
        # An older printer does not say of what it speaks; then it is the slip that it has, if it has one.
        token = result.token or (held.token if held else epson_sdp.QUESTION)
        _ear(caller).hear(result.condition, current.now(), answers=token == epson_sdp.QUESTION)
        note_call(database, caller, result.condition)
        if not result.condition.ready:
            jobs.wait(database, caller.target, result.condition.sentence)
        if token != epson_sdp.QUESTION and (job := jobs.find(database, caller.target, token, caller.id)):
            _finish(database, caller, job, epson_sdp.outcome(result))


@contextlib.contextmanager
def _calling(secret: str, address: str) -> Iterator[tuple[Database, Caller]]:
    """The database, each statement committed by itself, and the printer that calls."""
    try:
        with _connections().one() as database:
            caller = caller_of(database, secret, address)
            if caller is None:
                if not limiter.limiter.hit(_WRONG_SECRETS, "printers", get_remote_address()):
                    raise TooManyRequests
                abort(404)
            yield database, caller
    except psycopg.OperationalError as problem:
        log.error("the database does not answer", problem=str(problem).strip())
        raise ServiceUnavailable from problem


def _connections() -> Connections:
    connections: Connections = current_app.extensions["connections"]
    return connections


def _spoken_of(database: Database, caller: Caller) -> jobs.Offered | None:
    client = jobs.client_of(request.args.get("mac", ""))
    return jobs.find(database, caller.target, request.args.get("token", ""), client)


def _paper(database: Database, caller: Caller, job: jobs.Offered) -> bytes | None:
    try:
        return paper_of(job, caller)
    except NoPaper as problem:
        jobs.put_off(database, job, problem.outcome, current.now())
        tell(database, [caller.store_id])
        return None


def _finish(database: Database, caller: Caller, job: jobs.Offered, outcome: Outcome) -> None:
    if jobs.finish(database, job, outcome, current.now()):
        log.info("job", job=job.id, kind=jobs.KIND, target=caller.target, outcome=str(outcome))
        tell(database, [caller.store_id])


def _in_vain(response: Response) -> Response:
    """There is nothing for it, and that is not worth a line in the log."""
    g.is_idle = True
    return response


def _ear(caller: Caller) -> Ear:
    ears: dict[int, Ear] = current_app.extensions["ears"]
    return ears.setdefault(caller.id, Ear())


def _xml(text: str) -> Response:
    return Response(text, content_type="text/xml; charset=utf-8")
