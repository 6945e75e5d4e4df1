"""The commands of `smilepost`, one module a job; `collector.cli` brings them together.

Each module has `add`, which adds its commands to the parser. A command loads what it needs when it runs:
`smilepost token` starts no web server.
"""

import argparse
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from collector.failure import Failure

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = argparse._SubParsersAction


@contextlib.contextmanager
def database_errors() -> Iterator[None]:
    """Say in a sentence that the database does not answer, or what it said."""
    import psycopg
    from sqlalchemy import exc

    try:
        yield
    except (psycopg.Error, exc.DBAPIError) as problem:
        said = str(getattr(problem, "orig", None) or problem).strip()
        raise Failure(f"the database could not do it: {said} Is `smilepost up` running?") from problem


def on_end(stop: Callable[[], None]) -> None:
    """Have SIGINT and SIGTERM call `stop`, in a thread: a handler runs between any two lines, where locks are held."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: threading.Thread(target=stop, daemon=True).start())
