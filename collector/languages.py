"""In which language the console speaks: its reader's own, else the one that their browser asks for.

Customers' pages, slips, posters, screens and mails have words of their own and do not ask here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from flask import Flask, g, has_request_context, request
from flask_babel import force_locale, get_locale, refresh
from sqlalchemy.exc import OperationalError

from collector.accounts.viewer import signed_in
from collector.filled import Speaking

#: The languages of the console, and by which locale each says numbers and days.
LOCALES = {"en": "en_GB", "ru": "ru", "uk": "uk"}

#: What programs read stays as the API's document says it.
_FOR_PROGRAMS = frozenset({"operations", "fetch"})


def chosen_locale() -> str:
    """The locale of this request, for Flask-Babel."""
    return LOCALES[_chosen() if has_request_context() else "en"]


def speak(language: str) -> None:
    """From here on this page is in a language, whatever its reader's is; in English where the console has no such."""
    g.language = language if language in LOCALES else "en"
    refresh()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Where there is no page: what is said within is in a language; in English where the console has no such."""
    with _nobody_asks().app_context(), force_locale(LOCALES.get(language, LOCALES["en"])):
        yield


@cache
def _nobody_asks() -> Flask:
    app = Flask("collector")
    Speaking(app)
    return app


def language_tag() -> str:
    """The language that this page is in, for `<html lang>`."""
    locale = get_locale()
    return str(locale.language) if locale else "en"


def _chosen() -> str:
    if "language" in g:
        return str(g.language)
    if request.path.startswith("/api/") or request.blueprint in _FOR_PROGRAMS:
        return "en"
    try:
        asks = signed_in()
    except OperationalError:  # the page that says so needs a language, too
        asks = None
    if asks and asks.language:
        return asks.language if asks.language in LOCALES else "en"
    # In the order of their wishes. (`best_match` prefers a later `uk` to an earlier `en-US`.)
    wished = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    return next((each for each in wished if each in LOCALES), "en")
