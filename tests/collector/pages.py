"""Pages as a person uses them."""

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def send(client: FlaskClient, path: str, **form: str) -> TestResponse:
    """Fill in the form of a page and send it."""
    page = client.get(path).text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page
    return client.post(path, data={"csrf_token": found[1], **form})
