"""A store's posters: to look at, and to download for the shop's own printer."""

import io
import re
from urllib.parse import urlsplit

from flask import Blueprint, abort, render_template, request, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database, settings
from collector.links.keys import leads_nowhere
from collector.places.queries import Store, touchpoints, visible_store
from collector.posters.layout import SIZES
from collector.posters.pdf import pdf
from collector.posters.pictures import png
from collector.posters.pictures import preview as small
from collector.posters.queries import poster_of
from collector.posters.words import WORDS
from collector.slips.style import style_of
from printer.text import seen

pages = Blueprint(
    "posters", __name__, template_folder="templates", static_folder="static", static_url_path="/static/posters"
)
guard(pages)

#: Enough for a phone to scan the picture on the page.
_PREVIEW = 50
_TYPES = {"pdf": "application/pdf", "png": "image/png"}
#: What one file system or the other does not take in a name.
_NO_FILE_NAME = re.compile(r'[\\/:*?"<>|]')


@pages.get("/stores/<int:store_id>/posters")
def posters(store_id: int) -> ResponseReturnValue:
    with database().connect() as connection:
        store = _store(connection, store_id)
        found = touchpoints(connection, store_id)
        language = _language(connection, store_id)
    return render_template(
        "posters/posters.html",
        store=store,
        touchpoints=found,
        language=language,
        languages={tag: words.name for tag, words in WORDS.items()},
        host=urlsplit(settings().url).netloc,
        leads_nowhere=leads_nowhere(settings()),
    )


@pages.get("/stores/<int:store_id>/posters/<int:touchpoint_id>/<size>.<any(pdf, png):form>")
def download(store_id: int, touchpoint_id: int, size: str, form: str) -> ResponseReturnValue:
    page, name = _draw(store_id, touchpoint_id, size)
    file = page if form == "pdf" else png(page)
    return send_file(io.BytesIO(file), _TYPES[form], as_attachment=True, download_name=f"{name}.{form}")


@pages.get("/stores/<int:store_id>/posters/<int:touchpoint_id>/<size>/preview")
def preview(store_id: int, touchpoint_id: int, size: str) -> ResponseReturnValue:
    page, _ = _draw(store_id, touchpoint_id, size)
    return send_file(io.BytesIO(small(page, _PREVIEW)), "image/webp")


def _draw(store_id: int, touchpoint_id: int, size: str) -> tuple[bytes, str]:
    """A touchpoint's poster as PDF, and what to call the file."""
    lay_out = SIZES.get(size) or abort(404)
    with database().connect() as connection:
        store = _store(connection, store_id)
        here = [row for row in touchpoints(connection, store_id) if row.id == touchpoint_id]
        if not here:
            abort(404)
        language = _language(connection, store_id)
        poster = poster_of(connection, settings(), store, touchpoint_id, here[0].name, language)
    title = seen(f"{store.name} · {here[0].name}")
    return pdf(lay_out(poster), title), _NO_FILE_NAME.sub("-", f"{title} · {size} · {language}")


def _store(connection: Connection, store_id: int) -> Store:
    return visible_store(connection, viewer().place_id, store_id) or abort(404)


def _language(connection: Connection, store_id: int) -> str:
    """The one asked for, else that of the shop's slips."""
    asked = request.args.get("language", "")
    return asked if asked in WORDS else style_of(connection, store_id).language
