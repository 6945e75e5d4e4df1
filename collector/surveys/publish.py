"""Surveys are made, changed as drafts, and published: from then on a version never changes, and the newest is asked.

Of two who save at once the last one's draft stands; of two who publish at once one does it, and the other is told.
"""

import re
from collections import Counter
from datetime import datetime
from typing import Any

import msgspec
from flask_babel import gettext as _
from sqlalchemy import Connection, Row, Update, func, select, update
from sqlalchemy.dialects.postgresql import insert

from collector import locks
from collector.audit.difference import differences
from collector.audit.log import Action, note
from collector.places.tables import place
from collector.surveys.definition import Comment, ContactDetails, Definition, Enps, Texts
from collector.surveys.own_rules import rules_of
from collector.surveys.queries import question_for
from collector.surveys.schedule import Schedule
from collector.surveys.tables import survey, survey_version

LONGEST_NAME = 100
#: Of a question or a reason, on a phone.
LONGEST_TEXT = 200
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


class Unpublishable(ValueError):
    """Why a draft cannot be asked, a sentence."""


class NothingLeft(ValueError):
    """Why a survey goes on being asked at all times, a sentence."""


def make_survey(
    connection: Connection,
    place_id: int,
    *,
    name: str,
    audience: str,
    touchpoint_id: int | None,
    schedule: Schedule,
    definition: Definition,
    author: str,
    key: str | None = None,
) -> int:
    """A new survey with a first draft; nobody is asked before it is published. Returns its id.

    Parameters
    ----------
    key: of a request that may be repeated; one that is known gives the survey that was made under it.
    touchpoint_id: of a store that is the place; None: at all that have none of their own.
    audience: `customers` or `staff`.
    """
    values = {"place_id": place_id, "name": name, "audience": audience, "touchpoint_id": touchpoint_id}
    made = insert(survey).values(**values, schedule=_stored(schedule), key=key).on_conflict_do_nothing()
    survey_id = connection.execute(made.returning(survey.c.id)).scalar_one_or_none()
    if survey_id is None:
        return int(connection.execute(select(survey.c.id).where(survey.c.key == key)).scalar_one())
    save_draft(connection, survey_id, definition, author)
    return int(survey_id)


def save_draft(
    connection: Connection, survey_id: int, definition: Definition, author: str, *, puts_aside: bool = False
) -> int:
    """Keep this as the survey's draft, of which there is one at most; returns the id of its version.

    Parameters
    ----------
    puts_aside: something was taken out of what was there before: that can be brought back until the next change.
    """
    # One at a time, so that versions count up.
    connection.execute(select(survey.c.id).where(survey.c.id == survey_id).with_for_update())
    newest = (
        select(survey_version).where(survey_version.c.survey_id == survey_id).order_by(survey_version.c.version.desc())
    )
    last = connection.execute(newest.limit(1)).first()
    aside = last.definition if last is not None and puts_aside else None
    connection.execute(update(survey).where(survey.c.id == survey_id).values(put_aside=aside))
    values = {"definition": _stored(definition), "author": author}
    if last is not None and last.published_at is None:
        saved = update(survey_version).where(survey_version.c.id == last.id)
        connection.execute(saved.values(**values, created_at=func.now()))
        return int(last.id)
    numbered = {"survey_id": survey_id, "version": last.version + 1 if last else 1}
    made = insert(survey_version).values(**numbered, **values).returning(survey_version.c.id)
    return int(connection.execute(made).scalar_one())


def discard_draft(connection: Connection, survey_id: int) -> bool:
    """Throw a draft away; False where there is none, or the survey has nothing else."""
    drafts = survey_version.c.survey_id == survey_id, survey_version.c.published_at.is_(None)
    others = survey_version.alias("others")
    published = select(others.c.id).where(others.c.survey_id == survey_id, others.c.published_at.is_not(None)).exists()
    gone = survey_version.delete().where(*drafts, published).returning(survey_version.c.definition)
    definition = connection.execute(gone).scalar_one_or_none()
    if definition is not None:
        connection.execute(update(survey).where(survey.c.id == survey_id).values(put_aside=definition))
    return definition is not None


def bring_draft_back(connection: Connection, survey_id: int, author: str) -> bool:
    """Have as the draft what it was before something was last taken out of it, or all of it; False where it has been
    changed since."""
    aside = connection.scalar(select(survey.c.put_aside).where(survey.c.id == survey_id).with_for_update())
    if aside is not None:
        save_draft(connection, survey_id, msgspec.convert(aside, Definition), author)
    return aside is not None


def publish(
    connection: Connection, version_id: int, now: datetime, publisher: int | None = None, *, by: str | None = None
) -> bool:
    """Have a draft asked from now on; False where somebody was first.

    Parameters
    ----------
    publisher: place of whoever does it (see `surveys.own_rules`); None: whoever set this installation up.
    by: their name, for the audit log; None: the installation itself.

    Raises
    ------
    Unpublishable: it cannot be asked as it is.
    """
    draft = (
        select(survey_version, survey.c.audience, survey.c.place_id, survey.c.name)
        .join(survey, survey.c.id == survey_version.c.survey_id)
        .where(survey_version.c.id == version_id)
        .with_for_update()
    )
    row = connection.execute(draft).one()
    if row.published_at is not None:
        return False
    definition = msgspec.convert(row.definition, Definition)
    check(definition, row.audience)
    if row.audience == "customers":
        rules = rules_of(connection, definition, row.place_id, publisher)
        definition = msgspec.structs.replace(definition, opens=rules)
    values = {
        "published_at": now,
        "definition": _stored(definition),
        "questions": questions_of(connection, definition),
    }
    connection.execute(update(survey_version).where(survey_version.c.id == version_id).values(**values))
    if by is not None:
        _note(connection, row, definition, by)
    return True


def _note(connection: Connection, row: Row[Any], definition: Definition, by: str) -> None:
    """In the audit log, with what is asked otherwise than before."""
    earlier = survey_version.c.survey_id == row.survey_id, survey_version.c.version < row.version
    published = select(survey_version.c.definition).where(*earlier, survey_version.c.published_at.is_not(None))
    before = connection.scalar(published.order_by(survey_version.c.version.desc()).limit(1))
    detail: dict[str, Any] = {"name": row.name, "version": row.version}
    if before is not None:
        changed = differences(before, _stored(definition))
        detail["parts"] = list(dict.fromkeys(at.partition(".")[0] for at, _was, _is in changed))
    note(connection, by, "published-survey", f"surveys/{row.survey_id}", row.place_id, detail)


def check(definition: Definition, audience: str) -> None:
    """See whether a survey can be asked.

    Raises
    ------
    Unpublishable: it cannot; the sentence says why.
    """
    for text in _texts(definition):
        _check_text(text)
    asked = Counter((scale.kind, scale.buttons, tuple(sorted(scale.text.items()))) for scale in definition.scales)
    if any(times > 1 for times in asked.values()):
        raise Unpublishable("Two questions ask the same: their answers could not be told apart.")
    kinds = {type(question) for question in definition.questions}
    if audience == "staff" and ContactDetails in kinds:
        raise Unpublishable("Staff answer without a name, so their survey asks for no contact.")
    if audience == "customers" and Enps in kinds:
        raise Unpublishable("Whether this is a good place to work is a question for staff.")


def _check_text(text: Texts) -> None:
    if not text or not all(words.strip() for words in text.values()):
        raise Unpublishable("Each question and each reason needs its words, in one language at least.")
    if not all(_LANGUAGE.fullmatch(language) for language in text):
        raise Unpublishable("Languages are named by their tags: uk, en, pt-BR.")
    if any(len(words) > LONGEST_TEXT or _NO_TEXT.search(words) for words in text.values()):
        raise Unpublishable(f"A question and a reason are plain words, {LONGEST_TEXT} letters at most.")


def questions_of(connection: Connection, definition: Definition) -> dict[str, int]:
    """Which question each scale is, by its key. The first faces make the index; further ones are another kind."""
    connection.execute(select(func.pg_advisory_xact_lock(locks.QUESTIONS)))  # the same words are one question
    found: dict[str, int] = {}
    has_index = False
    for scale in definition.scales:
        is_further = scale.kind == "smileys" and has_index
        has_index = has_index or scale.kind == "smileys"
        kind = "faces" if is_further else scale.kind
        found[scale.key] = question_for(connection, scale.text, scale.buttons, kind)
    return found


def change_schedule(connection: Connection, survey_id: int, schedule: Schedule) -> None:
    """When a survey is asked, from now on.

    Raises
    ------
    NothingLeft: customers would be asked nothing at other times.
    """
    if schedule != Schedule():
        _see_what_is_left(connection, survey_id)
    connection.execute(update(survey).where(survey.c.id == survey_id).values(schedule=_stored(schedule)))


def rename(connection: Connection, survey_id: int, name: str) -> None:
    connection.execute(update(survey).where(survey.c.id == survey_id).values(name=name))


def retire(connection: Connection, survey_id: int, now: datetime, by: str) -> bool:
    """Ask it no more; its answers stay. False where somebody was first.

    Raises
    ------
    NothingLeft: customers would be asked nothing.
    """
    _see_what_is_left(connection, survey_id)
    retired = update(survey).where(survey.c.id == survey_id, survey.c.retired_at.is_(None)).values(retired_at=now)
    return _note_if_done(connection, by, "ended", retired)


def bring_back(connection: Connection, survey_id: int, by: str) -> bool:
    """Ask it again, from now on. Whether it was retired."""
    again = update(survey).where(survey.c.id == survey_id, survey.c.retired_at.is_not(None)).values(retired_at=None)
    return _note_if_done(connection, by, "brought-back", again)


def _note_if_done(connection: Connection, by: str, action: Action, change: Update) -> bool:
    row = connection.execute(change.returning(survey)).first()
    if row is not None:
        note(connection, by, action, f"surveys/{row.id}", row.place_id, {"name": row.name})
    return row is not None


def _see_what_is_left(connection: Connection, survey_id: int) -> None:
    """An organisation always asks its customers something: behind the codes on its walls there is always a page."""
    of_survey = select(survey.c.place_id).where(survey.c.id == survey_id).scalar_subquery()
    top = select(place.c.id).where(place.c.id == of_survey, place.c.parent_id.is_(None))
    # One at a time: of the last two, one stays.
    top_id = connection.scalar(top.with_for_update(key_share=True))
    if top_id is None:
        return
    always = (
        select(survey.c.id)
        .join(survey_version, survey_version.c.survey_id == survey.c.id)
        .where(survey.c.place_id == top_id, survey.c.audience == "customers", survey.c.retired_at.is_(None))
        .where(survey.c.schedule == _stored(Schedule()), survey_version.c.published_at.is_not(None))
    )
    if set(connection.scalars(always)) == {survey_id}:
        raise NothingLeft(
            _(
                "Without it customers would be asked nothing. "
                "Publish another one for this place first, without a schedule."
            )
        )


def _texts(definition: Definition) -> list[Texts]:
    """All that a customer reads; a comment and a contact may be asked for in the page's own words."""
    own = [each.text for each in definition.questions if isinstance(each, (Comment, ContactDetails)) and each.text]
    why = definition.why
    reasons = [each.text for each in definition.reasons(None)]
    if why:
        reasons += [asked for asked, given in ((why.why_good, why.good), (why.why_bad, why.bad)) if given]
    return [*(scale.text for scale in definition.scales), *reasons, *own]


def _stored(document: msgspec.Struct) -> object:
    return msgspec.to_builtins(document)
