"""The secrets that all machines of an installation have in common.

A machine with others would sign codes that no other takes for the installation's, and give kiosks secrets that the
broker does not know. So the database keeps a fingerprint of each, from which nobody learns anything, and whoever has
another, or has none while there is one, does not begin.
"""

import hashlib
import hmac
from collections.abc import Iterator, Set

import psycopg
from psycopg.rows import TupleRow
from sqlalchemy import Column, LargeBinary, Table, Text

from collector.database import connect, metadata
from collector.failure import Failure
from collector.finding import Finding
from collector.settings import Settings

shared_secret = Table(
    "shared_secret",
    metadata,
    Column("name", Text, primary_key=True, comment="of its file in the folder `secrets`"),
    Column("fingerprint", LargeBinary, nullable=False),
)

#: What `smilepost ingest` needs: for the codes that kiosks show, and for the secrets that it brings to them.
INGEST = frozenset({"kiosks", "links"})
#: What all parts together need.
ALL = INGEST | {"contacts", "devices", "second-factor", "web", "webhooks"}


class ForeignSecrets(Failure):
    """This machine has not the installation's secrets."""


def agree(settings: Settings, connection: psycopg.Connection[TupleRow], names: Set[str]) -> None:
    """Make sure that this machine has the installation's secrets; one that the installation has not yet is made.

    Raises
    ------
    ForeignSecrets: it has others, or lacks some.
    """
    known = _known(connection)
    _compare(settings, known, names)
    if names <= known.keys():
        return
    with connection.transaction():
        connection.execute("LOCK TABLE shared_secret IN SHARE ROW EXCLUSIVE MODE")  # two machines begin at once
        known = _known(connection)
        _compare(settings, known, names)
        if "kiosks" not in known and not settings.has_secret("kiosks") and connection.execute(_ENROLLED).fetchone():
            raise ForeignSecrets(
                "This machine has no secrets, and the installation whose database it uses has kiosks that were given "
                f"theirs by a machine that has. Start Smilepost there first, then copy what this one needs into "
                f'{settings.data / "secrets"} (docs/operations.md, "A collector on a second machine").'
            )
        made = [(name, _fingerprint(settings, name)) for name in sorted(names - known.keys())]
        connection.cursor().executemany("INSERT INTO shared_secret VALUES (%s, %s)", made)


def agree_at_start(settings: Settings, names: Set[str]) -> None:
    """The same for a part or a command that begins. Without the database one that has secrets goes on, as it knows best
    what to do then; one that has none would make its own, and does not begin.

    Raises
    ------
    ForeignSecrets: it has others, or lacks some; or nobody can say so.
    """
    try:
        with connect(settings) as connection:
            agree(settings, connection, names)
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable) as problem:
        lacking = sorted(name for name in names if not settings.has_secret(name))
        if lacking:
            said = str(problem).strip().splitlines()[0]
            raise ForeignSecrets(
                f"This machine lacks secrets ({', '.join(lacking)}), and the database cannot say whether it should "
                f"have them: {said}. `smilepost doctor` says what to do; then start again."
            ) from problem


def require(settings: Settings, connection: psycopg.Connection[TupleRow]) -> None:
    """Make sure that this machine has every secret that the installation has; none is made.

    Raises
    ------
    ForeignSecrets: it has others, or lacks some.
    """
    _compare(settings, _known(connection), ALL)


def examine(settings: Settings, connection: psycopg.Connection[TupleRow]) -> Iterator[Finding]:
    """What `smilepost doctor` says of it."""
    known = _known(connection)
    lacking, others = _lacking(settings, known, ALL), _others(settings, known, ALL)
    if others or lacking & INGEST:
        yield Finding(*_sentences(settings, sorted(lacking), sorted(others)))
    elif lacking:
        yield Finding(f"secrets: what `smilepost ingest` needs; other parts need {', '.join(sorted(lacking))} as well")
    else:
        yield Finding("this machine has the installation's secrets")


def _compare(settings: Settings, known: dict[str, bytes], names: Set[str]) -> None:
    lacking, others = _lacking(settings, known, names), _others(settings, known, names)
    if lacking or others:
        raise ForeignSecrets(" ".join(_sentences(settings, sorted(lacking), sorted(others))))


def _lacking(settings: Settings, known: dict[str, bytes], names: Set[str]) -> set[str]:
    return {name for name in known.keys() & names if not settings.has_secret(name)}


def _others(settings: Settings, known: dict[str, bytes], names: Set[str]) -> set[str]:
    return {
        name
        for name in known.keys() & names
        if settings.has_secret(name) and not hmac.compare_digest(known[name], _fingerprint(settings, name))
    }


def _sentences(settings: Settings, lacking: list[str], others: list[str]) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    wrong = [f"{', '.join(lacking)} not there"] if lacking else []
    wrong += [f"{', '.join(others)} another installation's"] if others else []
    folder = settings.data / "secrets"
    return (
        f"This machine has not the secrets of the installation whose database it uses: {', '.join(wrong)}.",
        f"Copy {', '.join([*lacking, *others])} into {folder} from a machine that has them, for the eyes of this user "
        f"alone (chmod 600); then start again.{_OTHERS if others else ''}",
    )


_OTHERS = " Move what is there aside and keep it: perhaps it is the database's address that is wrong."

#: That a kiosk has a secret, which was made with the installation's own.
_ENROLLED = "SELECT 1 FROM kiosk_secret LIMIT 1"


def _known(connection: psycopg.Connection[TupleRow]) -> dict[str, bytes]:
    return dict(connection.execute("SELECT name, fingerprint FROM shared_secret").fetchall())


def _fingerprint(settings: Settings, name: str) -> bytes:
    return hmac.digest(settings.secret(name).encode(), f"smilepost/{name}".encode(), hashlib.sha256)
