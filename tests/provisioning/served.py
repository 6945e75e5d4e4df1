"""The collector's pages and API, at the port of its settings, as a technician's tool finds them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.serving import make_server

from collector.settings import Settings
from collector.web import create_app


@contextmanager
def web(settings: Settings) -> Iterator[None]:
    app = create_app(settings)
    server = make_server("127.0.0.1", settings.port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.extensions["database"].dispose()
