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
from printer.codes import Content, Receipt
from tests.factories import NOW


def code_of(engine: Engine, settings: Settings, content: Content) -> str:
    """The code for something."""
    with engine.begin() as connection:
        return sign(connection, settings, content)


def make_receipt(connection: Connection, store_id: int, day: date | None = None, serial: int = 1) -> Receipt:
    """A receipt of a new signer of a store, of which the signer has not told us more."""
    made = insert(signer).values(kind="collector", store_id=store_id).returning(signer.c.id)
    return Receipt(connection.execute(made).scalar_one(), day or NOW.date(), serial)


class Phone:
    """A browser without scripts; each has an address of its own."""

    def __init__(self, app: Flask, language: str = "en", address: str = "10.0.0.1") -> None:
        self.client = app.test_client()
        self.headers = {"Accept-Language": language}
        self.environ = {"REMOTE_ADDR": address}

    def scan(self, code: str, prefix: str = "/Q/", **query: str) -> TestResponse:
        return self.client.get(prefix + code, query_string=query, headers=self.headers, environ_overrides=self.environ)

    def answer(self, code: str, button: int | None = None, **fields: Any) -> TestResponse:
        """Open the form behind a code, fill it in and send it."""
        return self.send(code, self.form(code), button, **fields)

    def form(self, code: str) -> dict[str, Any]:
        """The hidden fields of a form, and the consent that it offers."""
        page = self.scan(code)
        assert page.status_code == 200, words(page)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
        offered = re.search(r'name="consent" value="([^"]+)"', page.text)
        assert offered
        return {**hidden, "offered": offered[1]}

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
    ) -> TestResponse:
        data: dict[str, Any] = {name: value for name, value in form.items() if name != "offered"}
        data |= {"reason": [str(each) for each in reasons], "comment": comment, "contact": contact}
        if button is not None:
            data["button"] = str(button)
        if agrees:
            data["consent"] = form["offered"]
        return self.client.post(f"/Q/{code}", data=data, headers=self.headers, environ_overrides=self.environ)


def words(page: TestResponse) -> str:
    """What a person reads."""
    text = re.sub(r"<title>.*?</title>", "", page.text, flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))).strip()


def case_code(thanks: TestResponse) -> str:
    """The code of the case link on a thank-you page."""
    found = re.search(r'href="/Q/(\w+)\?', thanks.text)
    assert found, words(thanks)
    return found[1]
