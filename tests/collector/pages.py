"""Pages as a person uses them."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def send(client: FlaskClient, path: str, to: str | None = None, /, **form: Any) -> TestResponse:
    """Fill in the form of a page and send it; `to`: another address than the page's own."""
    page = client.get(path).text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page
    return client.post(to or path, data={"csrf_token": found[1], **form})
