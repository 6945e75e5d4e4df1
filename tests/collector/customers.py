"""A customer with a phone: scans codes, fills in forms, and reads what comes."""

import html
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Engine, insert
from werkzeug.test import TestResponse

from collector.links.keys import sign
from collector.links.tables import signer
from collector.settings import Settings
from collector.surveys.answers import CONTACT_KEPT
from collector.surveys.definition import Definition, Opens, Question
from collector.surveys.publish import make_survey, publish, save_draft
from collector.surveys.schedule import Schedule
from printer.codes import Content, Receipt
from tests.factories import NOW

#: Under which the reply to the first question of the default survey is sent.
FIRST = "reply-1"


def code_of(engine: Engine, settings: Settings, content: Content) -> str:
    """The code for something."""
    with engine.begin() as connection:
        return sign(connection, settings, content)


def make_receipt(connection: Connection, store_id: int, day: date | None = None, serial: int = 1) -> Receipt:
    """A receipt of a new signer of a store, of which the signer has not told us more."""
    made = insert(signer).values(kind="collector", store_id=store_id).returning(signer.c.id)
    return Receipt(connection.execute(made).scalar_one(), day or NOW.date(), serial)


def ask(connection: Connection, place_id: int, *questions: Question, audience: str = "customers", **rules: Any) -> int:
    """Have a survey of these questions asked at a place; returns its version."""
    definition = Definition(questions, Opens(**rules))
    survey_id = make_survey(
        connection,
        place_id,
        name="A test's",
        audience=audience,
        touchpoint_id=None,
        schedule=Schedule(),
        definition=definition,
        author="a test",
    )
    version_id = save_draft(connection, survey_id, definition, "a test")
    publish(connection, version_id, NOW)
    return version_id


class Phone:
    """A browser without scripts; each has an address of its own."""

    def __init__(self, app: Flask, language: str = "en", address: str = "10.0.0.1") -> None:
        self.client = app.test_client()
        self.headers = {"Accept-Language": language}
        self.environ = {"REMOTE_ADDR": address}

    def scan(self, code: str, prefix: str = "/Q/", **query: str) -> TestResponse:
        return self.client.get(prefix + code, query_string=query, headers=self.headers, environ_overrides=self.environ)

    def tap(self, code: str, reply: int, **query: str) -> TestResponse:
        """Open the page behind a code and tap the first question; returns the page with all others."""
        page = self.scan(code, **query)
        assert page.status_code == 200, words(page)
        return self.post(code, {**hidden_fields(page), FIRST: str(reply)}, **query)

    def answer(self, code: str, button: int | None = None, **fields: Any) -> TestResponse:
        """Open the page behind a code, tap a button unless a press has chosen one, fill in the rest and send it."""
        page = self.scan(code)
        assert page.status_code == 200, words(page)
        if not is_rest(page):
            assert button is not None, "the first question is asked"
            page = self.tap(code, button)
        return self.send(code, form_of(page), **fields)

    def form(self, code: str) -> dict[str, Any]:
        """The fields of the page behind a code, and the consent that it offers, or will offer after the tap."""
        page = self.scan(code)
        assert page.status_code == 200, words(page)
        return form_of(page)

    def send(
        self,
        code: str,
        form: dict[str, Any],
        button: int | None = None,
        *,
        reasons: Sequence[int] = (),
        comment: str = "",
        contact: str = "",
        agrees: bool = False,
        **more: str,
    ) -> TestResponse:
        """Send what `form` gave, filled in.

        Parameters
        ----------
        button: tapped together with all the rest, as where the tap itself got lost.
        """
        data: dict[str, Any] = {name: value for name, value in form.items() if name != "offered"}
        data |= {"rest": "1", "reason": [str(each) for each in reasons], "comment": comment, "contact": contact, **more}
        if button is not None:
            data[FIRST] = str(button)
        if agrees:
            data["consent"] = form["offered"]
        return self.post(code, data)

    def post(self, code: str, data: dict[str, Any], path: str = "", **query: str) -> TestResponse:
        """Send a form to the page of a code, or to one below it."""
        address = f"/Q/{code}{path}"
        how: dict[str, Any] = {"headers": self.headers, "environ_overrides": self.environ, "query_string": query}
        return self.client.post(address, data=data, **how)


def hidden_fields(page: TestResponse, name: str = "") -> dict[str, str]:
    """What a form carries without showing it.

    Parameters
    ----------
    name: of the button of the one that is meant, where a page has several forms.
    """
    forms = re.findall(r"<form.*?</form>", page.text, re.DOTALL)
    [form] = [each for each in forms if name in each][:1]
    found = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)">', form)
    return {key: html.unescape(value) for key, value in found}


def form_of(page: TestResponse) -> dict[str, Any]:
    """The fields of a page with questions, and the consent that it offers, or will offer after the tap."""
    offered = re.search(r'name="consent" value="([^"]+)"', page.text)
    return {**hidden_fields(page), "offered": offered[1] if offered else str(NOW.date() + CONTACT_KEPT)}


def is_rest(page: TestResponse) -> bool:
    """Whether it asks all questions but the first."""
    return 'name="rest"' in page.text


def words(page: TestResponse) -> str:
    """What a person reads."""
    text = re.sub(r"<title>.*?</title>", "", page.text, flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))).strip()


def case_code(thanks: TestResponse) -> str:
    """The code of the case link on a thank-you page."""
    found = re.search(r'href="/Q/(\w+)\?', thanks.text)
    assert found, words(thanks)
    return found[1]
