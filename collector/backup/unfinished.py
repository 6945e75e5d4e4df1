"""The mark in a data folder that a restore has begun and not ended."""

from pathlib import Path

import msgspec

from collector.failure import Failure
from collector.files import sync_folder
from collector.settings import Settings

NAME = "restore.unfinished"


class CutShort(Failure):
    """A restore into the data folder was cut short; the message says how to go on."""


class Mark(msgspec.Struct, frozen=True):
    #: At random; the database says it, too, once it is complete.
    id: str
    #: The backup.
    file: str


def mark_of(settings: Settings) -> Mark | None:
    """The mark of a restore that was cut short; None where none was."""
    try:
        return msgspec.json.decode(_path(settings).read_bytes(), type=Mark)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError:
        return Mark("", "FILE")  # the power went while it was written: nothing else had begun


def put_mark(settings: Settings, mark: Mark) -> None:
    _path(settings).write_bytes(msgspec.json.encode(mark))
    sync_folder(settings.data)


def take_mark_away(settings: Settings) -> None:
    _path(settings).unlink()
    sync_folder(settings.data)


def refuse_unfinished(settings: Settings) -> None:
    """Let nothing start on half of an installation.

    Raises
    ------
    CutShort: that is what the data folder holds.
    """
    if mark := mark_of(settings):
        raise CutShort(
            f"A restore into {settings.data} was cut short: not everything is there. "
            f"Run it again, it goes on by itself: smilepost restore {mark.file}"
        )


def _path(settings: Settings) -> Path:
    return settings.data / NAME
