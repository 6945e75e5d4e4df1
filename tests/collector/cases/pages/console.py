"""Somebody of the house at a case's page: what they type, and what they read then."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from collector.accounts.sessions import COOKIE, open_session
from tests.collector.customers import hidden_fields, words
from tests.factories import make_account


class Person:
    """Somebody with an account of a place."""

    def __init__(self, app: Flask, engine: Engine, place_id: int, name: str) -> None:
        self.client: FlaskClient = app.test_client()
        self.name = name
        with engine.begin() as connection:
            self.account_id = make_account(connection, place_id, name)
            self.client.set_cookie(COOKIE, open_session(connection, self.account_id))

    def read(self, path: str) -> str:
        """What a page says."""
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.status
        return words(answer)

    def offered(self, case_id: int) -> list[str]:
        """The addresses of the forms on a case's page, by their last part."""
        page = self.client.get(f"/cases/{case_id}").text
        parts = page.split(f'action="/cases/{case_id}/')[1:]
        return [part.split('"')[0] for part in parts]

    def send(self, case_id: int, action: str, **typed: Any) -> TestResponse:
        """Fill in a form of a case's page, be it one that is not offered there."""
        page = self.client.get(f"/cases/{case_id}")
        form = hidden_fields(page, f"/{action}" if action in self.offered(case_id) else "sign-out")
        return self.client.post(f"/cases/{case_id}/{action}", data={**form, **typed})

    def attach(self, case_id: int, name: str, content: bytes) -> TestResponse:
        """Add a file. The request is put together here: the client's own way leaves large files open."""
        form = hidden_fields(self.client.get(f"/cases/{case_id}"), "/attach")
        return self.upload(case_id, form, name, content)

    def upload(self, case_id: int, form: dict[str, str], name: str, content: bytes) -> TestResponse:
        """Send a form with a file."""
        parts = [f'name="{field}"\r\n\r\n{value}'.encode() for field, value in form.items()]
        parts.append(f'name="file"; filename="{name}"\r\n\r\n'.encode() + content)
        body = b"".join(b"--limit\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts)
        return self.client.post(
            f"/cases/{case_id}/attach",
            data=body + b"--limit--\r\n",
            content_type="multipart/form-data; boundary=limit",
        )

    def does(self, case_id: int, action: str, **typed: Any) -> str:
        """Do something that can be done; returns what the case's page says then."""
        answer = self.send(case_id, action, **typed)
        assert answer.location == f"/cases/{case_id}", words(answer)
        return self.read(answer.location)
