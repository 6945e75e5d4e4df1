"""In Ukrainian and in Russian no words of ours are left in English, whatever stands on the pages besides."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from collector.accounts.sessions import COOKIE, open_session
from collector.accounts.tables import account
from collector.translations.catalogues import catalogue
from tests.gallery.pages import Group, groups
from tests.gallery.show import Show

ROOT = Path(__file__).parents[2]
#: Three words of English in a row, or more.
RUN = re.compile(r"[A-Za-z][A-Za-z’']*(?:[ ,]+[a-z][a-z’']*){2,}")
#: What is in several languages beside each other, or in that of customers.
OTHERS = {"hotline", "theme", "survey-preview", "survey-version"}
#: Said by our code as well, and here by the organisation, or by nobody: names, questions, thanks, commands.
OWN = {
    *("Checkout", "Exit", "Entrance", "Staff room", "E-mail", "After a visit", "How clean it was"),
    *("How was your visit today", "Thank you for telling us", "smilepost provision kiosk"),
}


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_no_words_of_ours_are_left_in_english(show: Show, language: str) -> None:
    with show.engine.begin() as connection:
        before = connection.scalar(account.select().limit(1).with_only_columns(account.c.language))
        connection.execute(update(account).values(language=language))
    said = {str(each.id): each.string for each in catalogue(language) if isinstance(each.id, str)}
    code = _code()
    left = set()
    for group in groups():
        if group.reader and "halfway" not in group.reader:
            for name, text in _texts(show, group):
                runs = (run for run in RUN.findall(text) if run in code and run not in OWN)
                is_ours = text not in OWN and said.get(text, text) != text
                left |= {f"{name}: {each}" for each in ([text] if is_ours else runs)}
    with show.engine.begin() as connection:
        connection.execute(update(account).values(language=before))

    assert not left, "\n".join(sorted(left))


def _texts(show: Show, group: Group) -> Iterator[tuple[str, str]]:
    """Each text on each page of somebody, with the page's name."""
    client = _signed_in(show, group.reader)
    for page in group.pages:
        if page.name not in OTHERS:
            answer = client.get(page.path.format_map(show.ids), follow_redirects=True)
            assert answer.status_code == 200, page.path
            assert '<html lang="en"' not in answer.text, page.path
            for text in _apart(answer.text):
                yield page.name, text


def _signed_in(show: Show, reader: str) -> FlaskClient:
    client = show.app.test_client()
    with show.engine.begin() as connection:
        client.set_cookie(COOKIE, open_session(connection, show.ids[reader], "Firefox on Linux"))
    return client


def _apart(page: str) -> list[str]:
    page = re.sub(r"<(script|style|pre|code|textarea)\b.*?</\1>", " ", page, flags=re.DOTALL)
    page = re.sub(r'\b(?:aria-label|title|placeholder)="([^"]*)"', r">\1<", page)
    texts = (html.unescape(text) for text in re.split(r"<[^>]*>", page))
    return [text for text in (" ".join(each.split()) for each in texts) if text]


def _code() -> str:
    """All that we say anywhere."""
    folders = ("collector", "printer", "firmware")
    files = (each for folder in folders for suffix in ("py", "html") for each in (ROOT / folder).rglob(f"*.{suffix}"))
    return "\n".join(each.read_text(encoding="utf-8") for each in files)
