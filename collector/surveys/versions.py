"""Surveys as the people of a place see them: their own, those below, and those above that are asked here, too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, func, select

from collector.places.queries import below
from collector.places.tables import place, touchpoint
from collector.surveys.definition import Definition
from collector.surveys.schedule import Schedule
from collector.surveys.tables import survey, survey_version


@dataclass(frozen=True)
class Version:
    """What a survey asks or asked, or a draft."""

    id: int
    version: int
    author: str | None
    created_at: datetime
    #: None: a draft.
    published_at: datetime | None
    definition: Definition


@dataclass(frozen=True)
class Listed:
    """A survey, with its versions, the newest first."""

    id: int
    place_id: int
    place: str
    touchpoint_id: int | None
    touchpoint: str | None
    audience: str
    name: str
    schedule: Schedule
    created_at: datetime
    retired_at: datetime | None
    #: Whether whoever looks may change it: it is their place's, or of a place below.
    is_ours: bool
    versions: Sequence[Version]
    #: What was last taken out of the draft can be brought back.
    has_aside: bool = False

    @property
    def published(self) -> Version | None:
        """The version that is asked."""
        return next((each for each in self.versions if each.published_at), None)

    @property
    def draft(self) -> Version | None:
        return next((each for each in self.versions if each.published_at is None), None)


def surveys_of(connection: Connection, place_id: int, *, with_retired: bool = False) -> list[Listed]:
    """The surveys of a place, of those below it, and of those above it, from the top; of a place the newest first.

    Parameters
    ----------
    place_id: of whoever looks. Drafts of places above are not for them.
    """
    found = _surveys(place_id)
    if not with_retired:
        found = found.where(survey.c.retired_at.is_(None))
    rows = connection.execute(found.order_by(func.cardinality(place.c.path), place.c.id, survey.c.id.desc())).all()
    return _listed(connection, rows)


def one_survey(connection: Connection, place_id: int, survey_id: int) -> Listed | None:
    """One survey, retired or not; None where there is none with this id, or the people of the place do not see it."""
    rows = connection.execute(_surveys(place_id).where(survey.c.id == survey_id)).all()
    return next(iter(_listed(connection, rows)), None)


def _surveys(place_id: int) -> Select[Any]:
    above = select(func.unnest(place.c.path)).where(place.c.id == place_id).scalar_subquery()
    is_ours = below(place_id)
    return (
        select(survey, place.c.name.label("place"), touchpoint.c.name.label("touchpoint"), is_ours.label("is_ours"))
        .join(place, place.c.id == survey.c.place_id)
        .outerjoin(touchpoint, touchpoint.c.id == survey.c.touchpoint_id)
        .where(is_ours | place.c.id.in_(above))
    )


def _listed(connection: Connection, rows: Sequence[Row[Any]]) -> list[Listed]:
    ids = [row.id for row in rows]
    found = select(survey_version).where(survey_version.c.survey_id.in_(ids)).order_by(survey_version.c.version.desc())
    versions: dict[int, list[Version]] = {survey_id: [] for survey_id in ids}
    ours = {row.id: row.is_ours for row in rows}
    for row in connection.execute(found):
        if row.published_at or ours[row.survey_id]:
            versions[row.survey_id].append(_version(row))
    # Of a survey above that nobody has published, there is nothing to see.
    return [_survey(row, versions[row.id]) for row in rows if versions[row.id] or row.is_ours]


def _version(row: Row[Any]) -> Version:
    definition = msgspec.convert(row.definition, Definition)
    return Version(row.id, row.version, row.author, row.created_at, row.published_at, definition)


def _survey(row: Row[Any], versions: Sequence[Version]) -> Listed:
    return Listed(
        id=row.id,
        place_id=row.place_id,
        place=row.place,
        touchpoint_id=row.touchpoint_id,
        touchpoint=row.touchpoint,
        audience=row.audience,
        name=row.name,
        schedule=msgspec.convert(row.schedule, Schedule),
        created_at=row.created_at,
        retired_at=row.retired_at,
        is_ours=row.is_ours,
        versions=versions,
        has_aside=row.put_aside is not None and row.is_ours,
    )
