"""Voices as a table for other programs."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from flask_babel import gettext as _

from collector.own_words.say import face_word
from collector.ratings.kinds import word
from collector.reports.exports.cells import BEGIN, encoded
from collector.voices.queries import Voice

#: Voices that are sent at a time.
_PIECE = 200


def head() -> list[str]:
    return [
        *(_("When"), _("Store"), _("Touchpoint"), _("Channel"), _("Rating"), _("Score"), _("Themes"), _("Comment")),
        *(_("Reasons"), _("Further answers"), _("Language"), _("Reference"), _("Case"), _("Counted")),
    ]


def row(voice: Voice, names: Mapping[str, str]) -> list[str]:
    """One voice; times are the store's."""
    return [
        voice.submitted_at.astimezone(voice.zone).isoformat(sep=" ", timespec="seconds"),
        voice.store,
        voice.touchpoint or "",
        word(voice.channel),
        face_word(voice.face) if voice.face else "",
        "" if voice.score is None else f"{voice.score:.1f}",
        " · ".join(names.get(key, key) for key in voice.themes),
        voice.comment or "",
        " · ".join(voice.reasons),
        " · ".join(f"{said.text} {said.reply}/{said.most}" for said in voice.replies),
        voice.language,
        voice.reference or "",
        str(voice.case_id or ""),
        word(voice.mark) if voice.mark else _("counted"),
    ]


def written(first: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The table piece by piece."""
    yield BEGIN.encode() + encoded([first])
    rest = iter(rows)
    while piece := list(itertools.islice(rest, _PIECE)):
        yield encoded(piece)
