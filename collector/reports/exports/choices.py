"""Lists of what people chose for their places, of who is told, and of programs: what the pages of setting up show.

Never a secret: of a token and a webhook there is none here to be had.
"""

from typing import Any

import msgspec
from sqlalchemy import Row, Select, func, select

from collector.accounts.tables import api_token
from collector.addresses import masked
from collector.contacts.queries import messages_of_place
from collector.contacts.tables import message
from collector.improvements.tables import improvement
from collector.notify.tables import webhook
from collector.places.queries import below, ever_below
from collector.places.tables import place, touchpoint
from collector.policies.tables import policy
from collector.reports.exports.listed import Listed, Span, columns, local, plain, within, words
from collector.surveys.tables import survey, survey_version


def _messages(place_id: int, span: Span | None) -> Select[Any]:
    return messages_of_place(place_id).where(*within(message.c.created_at, span)).order_by(message.c.id)


def _message(row: Row[Any]) -> tuple[object, ...]:
    """Where it went as far as everybody may see; not what it said."""
    zone, to = row.time_zone, masked(row.address) if row.address else None
    times = (local(at, zone) for at in (row.created_at, row.held_until, row.ended_at))
    about = (row.id, row.store, row.case_id, row.purpose, row.content.get("what"), row.channel, to, row.language)
    return (*about, row.state, *times, row.refused or row.outcome)


def _improvements(place_id: int, span: Span | None) -> Select[Any]:
    found = select(improvement, place.c.name.label("place"), place.c.time_zone, touchpoint.c.name.label("touchpoint"))
    found = found.join(place, place.c.id == improvement.c.place_id)
    found = found.outerjoin(touchpoint, touchpoint.c.id == improvement.c.touchpoint_id)
    return found.where(below(place_id), *within(improvement.c.since, span)).order_by(improvement.c.id)


def _improvement(row: Row[Any]) -> tuple[object, ...]:
    since, until = local(row.since, row.time_zone), local(row.until, row.time_zone)
    return (row.id, row.place, row.touchpoint, row.case_id, words(row.text), row.author, since, until)


def _surveys(place_id: int, _span: Span | None) -> Select[Any]:
    asked = func.json_array_elements(survey_version.c.definition["questions"]).table_valued(
        "value", with_ordinality="at", name="asked"
    )
    asked = asked.render_derived()
    found = select(survey, survey_version.c.version, survey_version.c.published_at, asked.c.value, asked.c.at)
    found = found.add_columns(place.c.name.label("place"), place.c.time_zone, touchpoint.c.name.label("touchpoint"))
    found = found.join(survey_version, survey_version.c.survey_id == survey.c.id)
    found = found.join(place, place.c.id == survey.c.place_id)
    found = found.outerjoin(touchpoint, touchpoint.c.id == survey.c.touchpoint_id).join(asked, place.c.id > 0)
    return found.where(ever_below(place_id)).order_by(survey.c.id, survey_version.c.version, asked.c.at)


def _survey(row: Row[Any]) -> tuple[object, ...]:
    question = msgspec.json.decode(row.value) if isinstance(row.value, str) else row.value
    text = words(question.get("text") or question.get("why_bad") or {})
    published, retired = local(row.published_at, row.time_zone), local(row.retired_at, row.time_zone)
    about = (row.id, row.name, row.place, row.touchpoint, row.audience, row.version, published, retired)
    return (*about, row.at, question["number"], question["type"], text)


def _policies(place_id: int, span: Span | None) -> Select[Any]:
    found = select(policy, place.c.name.label("place"), place.c.time_zone)
    found = found.join(place, place.c.id == policy.c.place_id)
    # What kiosks are to do is for those who look after kiosks.
    found = found.where(ever_below(place_id), policy.c.kind != "kiosks", *within(policy.c.created_at, span))
    return found.order_by(policy.c.id)


def _policy(row: Row[Any]) -> tuple[object, ...]:
    definition = None if row.definition is None else msgspec.json.encode(row.definition).decode()
    return (row.place, row.kind, row.version, row.author, local(row.created_at, row.time_zone), definition)


def _tokens(place_id: int, _span: Span | None) -> Select[Any]:
    found = select(api_token, place.c.name.label("place"), place.c.time_zone)
    return found.join(place, place.c.id == api_token.c.place_id).where(ever_below(place_id)).order_by(api_token.c.id)


def _token(row: Row[Any]) -> tuple[object, ...]:
    times = (local(at, row.time_zone) for at in (row.created_at, row.used_at, row.expires_at, row.ended_at))
    return (row.id, row.name, row.place, " ".join(row.scopes), row.author, *times)


def _webhooks(place_id: int, _span: Span | None) -> Select[Any]:
    found = select(webhook, place.c.name.label("place"), place.c.time_zone)
    return found.join(place, place.c.id == webhook.c.place_id).where(below(place_id)).order_by(webhook.c.id)


def _webhook(row: Row[Any]) -> tuple[object, ...]:
    is_on = "on" if row.active else "switched off"
    return (row.id, row.url, row.place, is_on, row.secret_number, local(row.created_at, row.time_zone))


CHOICES = {
    "messages": Listed(
        columns("id store case purpose what channel to language state written held_until ended why"),
        "voices",
        plain(_messages, _message),
        personal=True,
    ),
    "improvements": Listed(
        columns("id place touchpoint case text author since until"), "look", plain(_improvements, _improvement)
    ),
    "surveys": Listed(
        columns("id name place touchpoint audience version published retired position question type text"),
        "shape",
        plain(_surveys, _survey),
        of_days=False,
    ),
    "policies": Listed(columns("place kind version author chosen definition"), "shape", plain(_policies, _policy)),
    "tokens": Listed(
        columns("id name place scopes author made used expires ended"), "people", plain(_tokens, _token), of_days=False
    ),
    "webhooks": Listed(
        columns("id url place state secret_number made"), "admin", plain(_webhooks, _webhook), of_days=False
    ),
}
