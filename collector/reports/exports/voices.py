"""The list of voices: narrowed as on their page, by words, themes, faces, channels or a segment, and sent whole."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from collector.places.queries import is_store
from collector.ratings.kinds import word
from collector.reports.exports.listed import Flow, Line, Listed, Wanted, columns
from collector.voices import queries
from collector.voices.chosen import Chosen, chosen_of
from collector.voices.conditions import Only
from collector.voices.queries import Voice
from collector.voices.segments.queries import only_of, visible_segment
from collector.voices.themes.queries import themes_at
from collector.voices.words import theme_names

#: What they can be narrowed by, besides their days: as the address of their page has it.
BY = ("touchpoint", "channel", "q", "theme", "face", "said", "hours", "mark", "segment")
#: Voices of a segment that is not there any more.
_NOBODY = Only(stores=frozenset())


def narrowed(connection: Connection, wanted: Wanted) -> Chosen:
    """Which voices are wanted. What makes no sense, or holds no longer, is left out, as on their page."""
    days = {"from": str(wanted.first), "to": str(wanted.last)}
    today = wanted.now.astimezone(wanted.zone).date()
    asked = MultiDict({**(wanted.narrowed or {}), **days})
    themes = themes_at(connection, wanted.place_id)
    return chosen_of(asked, wanted.place_id, today, themes, is_store=is_store(connection, wanted.place_id))


def _flow(connection: Connection, wanted: Wanted) -> Flow:
    chosen = narrowed(connection, wanted)
    names = theme_names(themes_at(connection, wanted.place_id))
    only = only_of(connection, chosen.asked, None, wanted.now)
    if chosen.segment_id is not None:
        found = visible_segment(connection, wanted.seer_id, chosen.segment_id)
        only = only_of(connection, chosen.asked, found, wanted.now) if found else _NOBODY

    def lines(reading: Connection) -> Line:
        read = queries.reader(reading, wanted.language)
        return lambda row: _line(read(row), names)

    return Flow(queries.every_voice(connection, chosen, only), lines)


def _line(voice: Voice, names: Mapping[str, str]) -> Sequence[object]:
    return (
        voice.id,
        voice.submitted_at.astimezone(voice.zone),
        voice.store,
        voice.touchpoint,
        voice.channel,
        voice.face,
        None if voice.score is None else round(voice.score, 1),
        " · ".join(names.get(key, key) for key in voice.themes),
        voice.comment,
        " · ".join(voice.reasons),
        " · ".join(f"{said.text} {said.reply}/{said.most}" for said in voice.replies),
        voice.language,
        voice.reference,
        voice.case_id,
        word(voice.mark) if voice.mark else "counted",
    )


VOICES = Listed(
    columns(
        "id said store touchpoint channel rating score themes comment reasons further language reference case mark"
    ),
    "voices",
    _flow,
    personal=True,
)
