"""What a kiosk should know: its question, its words, the code of its touchpoint. Each change is a new version."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from collector.fleet.tables import kiosk, kiosk_placement, kiosk_settings
from collector.links.codes import Poster
from collector.links.keys import address, sign
from collector.settings import Settings
from collector.surveys.scale import is_bad, weight
from collector.surveys.tables import question
from printer.qr import symbol

#: What a kiosk's screen says after a press, and beside a code.
THANKS = {"uk": "Дякуємо!", "en": "Thank you!"}
TELL = {"uk": "Розкажіть, що пішло не так", "en": "Tell us what went wrong"}


def give_settings(connection: Connection, installation: Settings, kiosk_id: str, question_id: int | None = None) -> int:
    """Give a kiosk the settings that it should have now; it gets them when it next says which it has.

    Parameters
    ----------
    question_id: what its buttons ask from now on; without it, what they ask already.

    Returns the version, a new one only where something has changed.
    """
    newest = connection.execute(
        select(kiosk_settings)
        .where(kiosk_settings.c.kiosk_id == kiosk_id)
        .order_by(kiosk_settings.c.version.desc())
        .limit(1)
    ).first()
    if question_id is None:
        if newest is None:
            raise ValueError(f"the kiosk {kiosk_id!r} has no question yet")
        question_id = newest.question_id
    settings = _wanted(connection, installation, kiosk_id, question_id)
    if newest and (newest.question_id, newest.settings) == (question_id, settings):
        return int(newest.version)
    version = newest.version + 1 if newest else 1
    connection.execute(
        insert(kiosk_settings).values(kiosk_id=kiosk_id, version=version, question_id=question_id, settings=settings)
    )
    return int(version)


def renew_settings(connection: Connection, installation: Settings) -> None:
    """Bring every kiosk's settings up to date: after an update, or when the installation's address has changed."""
    for kiosk_id in connection.execute(select(kiosk.c.id).where(kiosk.c.state == "enrolled")).scalars():
        give_settings(connection, installation, kiosk_id)


def _wanted(connection: Connection, installation: Settings, kiosk_id: str, question_id: int) -> dict[str, Any]:
    asked = connection.execute(select(question).where(question.c.id == question_id)).one()
    touchpoint_id = connection.execute(
        select(kiosk_placement.c.touchpoint_id).where(
            kiosk_placement.c.kiosk_id == kiosk_id, kiosk_placement.c.until.is_(None)
        )
    ).scalar_one()
    code = symbol(address(installation, sign(connection, installation, Poster(touchpoint_id))))
    buttons = range(1, asked.buttons + 1)
    return {
        "buttons": asked.buttons,
        "bad": [button for button in buttons if is_bad(weight(button, asked.buttons))],
        "languages": list(asked.text),
        "question": asked.text,
        "thanks": _said_in(asked.text, THANKS),
        "tell": _said_in(asked.text, TELL),
        "qr": [code.size, code.packed()],
    }


def _said_in(languages: Mapping[str, str], words: Mapping[str, str]) -> dict[str, str]:
    """The words in each of the languages; in English where we do not speak one."""
    return {language: words.get(language, words["en"]) for language in languages}
