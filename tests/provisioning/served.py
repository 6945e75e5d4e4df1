"""The collector's pages and API, at the port of its settings, as a technician's tool finds them."""

from collections.abc import Iterator
from contextlib import contextmanager

from collector.settings import Settings
from collector.web import create_app
from tests.serving import served


@contextmanager
def web(settings: Settings) -> Iterator[None]:
    app = create_app(settings)
    try:
        with served(app, settings.port):
            yield
    finally:
        app.extensions["database"].dispose()
