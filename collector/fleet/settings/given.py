"""What a kiosk should know: its questions, its words, its hours, the code of its touchpoint. Each change is a new
version, and stays: it says what was asked when a button was pressed.

For each setting holds the nearest choice (choices): the kiosk's own, else its store's, its region's, its
organisation's, else the default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from flask_babel import gettext as _
from sqlalchemy import Connection, Row, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from collector import changes, clock, locks
from collector.fleet import due
from collector.fleet.queries import standing
from collector.fleet.settings import hours
from collector.fleet.settings.choices import NUMBERS, Preferences, Reasons, altered, merged
from collector.fleet.settings.chosen import levels_of
from collector.fleet.tables import kiosk, kiosk_preferences, kiosk_settings
from collector.improvements.queries import current
from collector.links.keys import address, sign
from collector.places.hours import WEEKDAYS
from collector.places.tables import place, touchpoint
from collector.ratings.scale import is_bad, weight
from collector.settings import Settings
from collector.surveys.definition import Texts
from collector.surveys.queries import question_for, survey_at
from collector.surveys.tables import question
from printer.codes import Poster
from printer.qr import symbol

#: Largest settings that a kiosk takes, bytes of JSON.
LARGEST = 6 * 1024
#: Questions for weekdays at most, besides the usual one.
MOST_QUESTIONS = 6
#: Languages of a kiosk for which none were chosen: the first of its question. More would not fit on a screen.
USUAL_LANGUAGES = 2
#: What a kiosk's screen says after a press, and beside a code.
THANKS = {"uk": "Дякуємо!", "en": "Thank you!", "pl": "Dziękujemy!", "de": "Danke!"}
TELL = {
    "uk": "Розкажіть, що пішло не так",
    "en": "Tell us what went wrong",
    "pl": "Powiedz nam, co poszło nie tak",
    "de": "Sagen Sie uns, was schiefging",
}


class CannotSet(ValueError):
    """These preferences cannot be had together; the message is a sentence that says why."""


@dataclass(frozen=True)
class _Asked:
    """A question, and those for some weekdays."""

    question: Row[Any]
    #: Id and words of each further question.
    further: Sequence[tuple[int, Texts]]
    #: Which is asked, by weekday, Monday first; 0 is `question`.
    weekdays: list[int]


def give_settings(connection: Connection, installation: Settings, kiosk_id: str, question_id: int | None = None) -> int:
    """Give a kiosk the settings that it should have now; if it is online, it gets them at once.

    Parameters
    ----------
    question_id: what its buttons ask from now on; without it, what they ask already.

    Returns the version, a new one only where something has changed.

    Raises
    ------
    CannotSet: they are too large for a kiosk.
    """
    # A choice for its place holds from here on, or waits until this is done (groups.choose).
    connection.execute(select(func.pg_advisory_xact_lock_shared(locks.CHOICES)))
    # One at a time for a kiosk, so that versions count up; the intake is not in the way.
    connection.execute(select(kiosk.c.id).where(kiosk.c.id == kiosk_id).with_for_update(key_share=True))
    due.done(connection, due.SETTINGS, kiosk_id)
    newest = newest_settings(connection, kiosk_id)
    if question_id is None:
        if newest is None:
            raise ValueError(f"the kiosk {kiosk_id!r} has no question yet")
        question_id = newest.question_id
    chosen = merged(levels_of(connection, kiosk_id))
    asked = _asked(connection, question_id, chosen)
    questions = [each_id for each_id, _ in asked.further]
    settings = _fitting(connection, installation, kiosk_id, asked, chosen)
    if newest and (newest.question_id, newest.questions, newest.settings) == (question_id, questions, settings):
        return int(newest.version)
    version = newest.version + 1 if newest else 1
    values = {"question_id": question_id, "questions": questions, "settings": settings}
    connection.execute(insert(kiosk_settings).values(kiosk_id=kiosk_id, version=version, **values))
    connection.execute(select(func.pg_notify(changes.NEWS, kiosk_id)))
    return int(version)


def check(connection: Connection, installation: Settings, kiosk_id: str, chosen: Preferences) -> None:
    """Whether a kiosk that has settings could hold these choices; nothing is changed.

    Raises
    ------
    CannotSet: it could not; the message says why.
    """
    newest = newest_settings(connection, kiosk_id)
    if newest is None:
        return
    with connection.begin_nested() as trial:
        asked = _asked(connection, newest.question_id, chosen)
        _fitting(connection, installation, kiosk_id, asked, chosen)
        trial.rollback()  # questions that were made for it


def renew_settings(connection: Connection, installation: Settings) -> None:
    """Bring every kiosk's settings up to date: after an update, or when the installation's address has changed."""
    for kiosk_id in connection.execute(select(kiosk.c.id).where(kiosk.c.state == "enrolled")).scalars():
        give_settings(connection, installation, kiosk_id)


def newest_settings(connection: Connection, kiosk_id: str) -> Row[Any] | None:
    """The settings that a kiosk should have, None where it was never given any."""
    of_kiosk = select(kiosk_settings).where(kiosk_settings.c.kiosk_id == kiosk_id)
    return connection.execute(of_kiosk.order_by(kiosk_settings.c.version.desc()).limit(1)).first()


def preferences(connection: Connection, kiosk_id: str) -> Preferences:
    """What somebody chose for this kiosk."""
    chosen = select(kiosk_preferences.c.preferences).where(kiosk_preferences.c.kiosk_id == kiosk_id)
    found: Preferences | None = connection.execute(chosen).scalar()
    return found or {}


def prefer(connection: Connection, installation: Settings, kiosk_id: str, changed: Mapping[str, Any]) -> int:
    """Choose something for one kiosk; returns the version of its settings then.

    Parameters
    ----------
    changed: by the names of Preferences; None goes back to what holds above.

    Raises
    ------
    CannotSet: nothing was changed.
    """
    # In this order everywhere: the lock of give_settings before a kiosk's row.
    connection.execute(select(func.pg_advisory_xact_lock_shared(locks.CHOICES)))
    connection.execute(select(kiosk.c.id).where(kiosk.c.id == kiosk_id).with_for_update(key_share=True))
    chosen = altered(preferences(connection, kiosk_id), changed)
    with connection.begin_nested():  # all of it or nothing
        row = upsert(kiosk_preferences).values(kiosk_id=kiosk_id, preferences=chosen)
        row = row.on_conflict_do_update(index_elements=["kiosk_id"], set_={"preferences": row.excluded.preferences})
        connection.execute(row)
        return give_settings(connection, installation, kiosk_id)


def _fitting(
    connection: Connection, installation: Settings, kiosk_id: str, asked: _Asked, chosen: Preferences
) -> dict[str, Any]:
    settings = _wanted(connection, installation, kiosk_id, asked, chosen)
    size = len(msgspec.json.encode(settings))
    if size > LARGEST:
        raise CannotSet(
            _(
                "Together the settings are %(size)s bytes long, and a kiosk takes %(most)s. Use fewer words.",
                size=size,
                most=LARGEST,
            )
        )
    return settings


def _wanted(
    connection: Connection, installation: Settings, kiosk_id: str, asked: _Asked, chosen: Preferences
) -> dict[str, Any]:
    stands = connection.execute(
        select(touchpoint.c.id, touchpoint.c.store_id, place.c.time_zone, place.c.opening_hours)
        .select_from(standing)
        .where(kiosk.c.id == kiosk_id)
    ).one()
    code = symbol(address(installation, sign(connection, installation, Poster(stands.id))))
    buttons = range(1, asked.question.buttons + 1)
    languages = chosen.get("languages") or list(asked.question.text)[:USUAL_LANGUAGES]
    reasons = chosen.get("reasons") or _survey_reasons(connection, stands.store_id)
    did = current(connection, stands.store_id, stands.id, clock.now(installation)) or {}
    return {
        "buttons": asked.question.buttons,
        "bad": [button for button in buttons if is_bad(weight(button, asked.question.buttons))],
        "languages": languages,
        "question": _spoken(asked.question.text, languages),
        "questions": [_spoken(words, languages) for _, words in asked.further],
        "weekdays": asked.weekdays,
        "thanks": chosen.get("thanks") or _said_in(languages, THANKS),
        "tell": chosen.get("tell") or _said_in(languages, TELL),
        # What is said in none of its languages, it does not say.
        "did": chosen.get("did") or {each: did[each] for each in languages if each in did},
        "reasons": {
            "good": [_spoken(words, languages) for words in reasons["good"]],
            "bad": [_spoken(words, languages) for words in reasons["bad"]],
        },
        **{name: chosen.get(name, usual) for name, usual in NUMBERS.items()},
        "hours": hours.week(stands.opening_hours),
        "offsets": hours.offsets(ZoneInfo(stands.time_zone), datetime.now(UTC).year),
        "qr": [code.size, code.packed()],
    }


def _asked(connection: Connection, question_id: int, chosen: Preferences) -> _Asked:
    usual = connection.execute(select(question).where(question.c.id == question_id)).one()
    further: dict[int, Texts] = {}
    weekdays = []
    for day in WEEKDAYS:
        words = chosen.get("weekday_questions", {}).get(day)
        asked = question_id if words is None else question_for(connection, words, usual.buttons)
        if words is not None and asked != question_id:
            further[asked] = words
        weekdays.append(list(further).index(asked) + 1 if asked in further else 0)
    if len(further) > MOST_QUESTIONS:
        raise CannotSet(
            _(
                "There are %(count)s questions for weekdays; %(most)s besides the usual one do.",
                count=len(further),
                most=MOST_QUESTIONS,
            )
        )
    return _Asked(usual, list(further.items()), weekdays)


def _survey_reasons(connection: Connection, store_id: int) -> Reasons:
    """Those of the survey behind the store's codes, so that both ways count the same reasons."""
    why = survey_at(connection, store_id).definition.why
    return {
        "good": [reason.text for reason in why.good] if why else [],
        "bad": [reason.text for reason in why.bad] if why else [],
    }


def _spoken(words: Texts, languages: Sequence[str]) -> Texts:
    """The words in the languages of the kiosk; in all that there are where it speaks none of them."""
    return {language: words[language] for language in languages if language in words} or words


def _said_in(languages: Sequence[str], words: Texts) -> Texts:
    """Our own words in each of the languages; in English where we do not speak one."""
    return {language: words.get(language, words["en"]) for language in languages}
