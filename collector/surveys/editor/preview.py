"""A survey as customers see it, to be walked through: the very page, whose forms here send nothing anywhere."""

from collections.abc import Callable

from flask import Blueprint, abort, g, request
from flask.typing import ResponseReturnValue

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database, now
from collector.places.queries import Site, zone_of
from collector.public.survey import preview
from collector.surveys.versions import Listed, Version, one_survey

pages = Blueprint("survey_preview", __name__, url_prefix="/surveys/<int:survey_id>")
guard(pages, see="shape")


@pages.get("/preview")
def show(survey_id: int) -> ResponseReturnValue:
    """The draft; where there is none, what is asked."""
    return _page(survey_id, lambda found: found.versions[0] if found.versions else None)


@pages.get("/versions/<int:version>/preview")
def earlier(survey_id: int, version: int) -> ResponseReturnValue:
    return _page(survey_id, lambda found: next((each for each in found.versions if each.version == version), None))


def _page(survey_id: int, choose: Callable[[Listed], Version | None]) -> str:
    with database().connect() as connection:
        found = one_survey(connection, viewer().place_id, survey_id) or abort(404)
        shown = choose(found) or abort(404)
        zone = zone_of(connection, found.place_id)
    g.is_framed = True
    shop = Site(found.place, zone, found.touchpoint)
    return preview(shown.definition, found.audience, shop, request.args, now().astimezone(zone).date())
