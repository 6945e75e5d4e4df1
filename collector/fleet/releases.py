"""Releases: firmware that the organisation has signed, and which kiosk is offered which.

A release is one file, a zip: `manifest.json` (exactly the text that is signed), `signature` (base64) and the files
under their paths, as `smilepost release build` writes it. Kiosks check all of it again themselves.
"""

import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Meta, Struct
from psycopg import Connection as Driver
from psycopg.rows import TupleRow
from sqlalchemy import Connection, Row, exc, func, insert, select, update

from collector import changes
from collector.database import make_engine
from collector.failure import Failure
from collector.fleet.queries import Kiosk
from collector.fleet.tables import kiosk, release, release_file, rollout, rollout_kiosk
from collector.settings import Settings

#: Where an installation keeps the public half of its key, in its folder of data.
KEPT_KEY = "release.key.pub"
#: Names in the file of a release that are not the firmware's.
MANIFEST, SIGNATURE = "manifest.json", "signature"
#: Longest manifest, bytes, and all files of a release together.
LARGEST_MANIFEST, LARGEST = 6 * 1024, 8 * 2**20
#: Most that a kiosk gets for one `want`, bytes. It would take twice as much, but while it takes a release its memory
#: lies in small pieces, and the longer message was lost on some.
PIECE = 1024


_GOES_ON = re.compile(r"Release \d{1,10}( is being checked| is about to be started|: \d+ of \d+ files are here)\.")


class CannotPublish(Failure):
    """This is no release that kiosks could take; the message says why."""


class CannotOffer(ValueError):
    """This kiosk cannot take this release; the message is a sentence that says why."""


class Manifest(Struct, frozen=True):
    """What is signed."""

    number: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    version: Annotated[str, Meta(min_length=1, max_length=40)]
    board: Annotated[str, Meta(min_length=1, max_length=40)]
    #: Path, size and SHA-256 (base64) of each file.
    files: Annotated[list[tuple[str, int, str]], Meta(min_length=1, max_length=500)]


@dataclass(frozen=True)
class Published:
    """A release that is here now."""

    id: int
    manifest: Manifest
    #: False: it was here already.
    is_new: bool


class Offered(NamedTuple):
    """What a kiosk is told of the release that it is offered."""

    kiosk_id: str
    manifest: str
    signature: str


class Piece(NamedTuple):
    """A part of one file of the release that a kiosk is offered; `file` counts them as the manifest does."""

    kiosk_id: str
    number: int
    file: int
    offset: int
    data: bytes


def publish_file(installation: Settings, path: Path, key: Path) -> Published:
    """Take in the release in a file, checked with the public key in another (as `smilepost release key` writes it).

    Raises
    ------
    CannotPublish
    """
    try:
        archive, public_key = path.read_bytes(), _public_key(key.read_bytes())
    except OSError as problem:
        raise CannotPublish(f"{problem.filename} cannot be read: {problem.strerror}.") from problem
    engine = make_engine(installation)
    try:
        with engine.begin() as connection:
            published = publish(connection, archive, public_key)
    except exc.OperationalError as problem:
        raise CannotPublish(
            f"The database does not answer: {str(problem.orig).strip()} Is `smilepost up` running?"
        ) from problem
    finally:
        engine.dispose()
    kept = installation.data / KEPT_KEY
    if kept_key(installation) != key.read_text().strip():
        kept.write_text(key.read_text())
    return published


def kept_key(installation: Settings) -> str:
    """Public half of the key with which releases are published here, base64, for new kiosks; "" before the first."""
    kept = installation.data / KEPT_KEY
    return kept.read_text().strip() if kept.exists() else ""


def publish(connection: Connection, archive: bytes, public_key: bytes) -> Published:
    """Take a release in, so that it can be offered; one that is here already is as good.

    Parameters
    ----------
    public_key: the organisation's, 32 bytes.

    Raises
    ------
    CannotPublish: not signed with this key, damaged, or another release has its number.
    """
    text, signature, files = _unpacked(archive)
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(base64.b64decode(signature, validate=True), text)
    except (InvalidSignature, ValueError) as problem:
        raise CannotPublish("This is not signed with the organisation's key; kiosks would refuse it.") from problem
    manifest = _manifest(text)
    if set(files) != {path for path, _, _ in manifest.files}:
        raise CannotPublish("The release does not hold the files that its manifest names. Build it anew.")
    for path, size, digest in manifest.files:
        if (size, digest) != (len(files[path]), base64.b64encode(hashlib.sha256(files[path]).digest()).decode()):
            raise CannotPublish(f"{path} is not the file that the manifest names. Build the release anew.")
    return _keep(connection, manifest, text.decode(), signature, files)


def releases(connection: Connection, *, after: int = 0, limit: int | None = None) -> Sequence[Row[Any]]:
    """All releases, by id."""
    columns = [column for column in release.c if column.name not in {"manifest", "signature"}]
    query = select(*columns).where(release.c.id > after).order_by(release.c.id).limit(limit)
    return connection.execute(query).all()


def offer(connection: Connection, to: Kiosk, number: int | None) -> None:
    """Offer a release to one kiosk; if it is online, it hears of it at once. With None, offer it nothing.

    Raises
    ------
    CannotOffer: there is none for its board, it has a newer one, or a roll-out says what it is offered.
    """
    its = select(rollout.c.id).join(rollout_kiosk, rollout_kiosk.c.rollout_id == rollout.c.id)
    mine = rollout_kiosk.c.kiosk_id == to.id, rollout.c.state.in_(("running", "halted"))
    if in_rollout := connection.scalar(its.where(*mine)):
        raise CannotOffer(f"This kiosk is in roll-out {in_rollout}, which is under way. End that first.")
    release_id = None
    if number is not None:
        if to.board is None:
            raise CannotOffer("This kiosk has not said yet which board it is. Wait until it has been online.")
        wanted = (release.c.board == to.board, release.c.number == number)
        release_id = connection.scalar(select(release.c.id).where(*wanted))
        if release_id is None:
            raise CannotOffer(f"There is no release {number} for the board {to.board}.")
        if to.release_reported is not None and to.release_reported > number:
            raise CannotOffer(f"This kiosk runs release {to.release_reported}; it takes only a newer one.")
    connection.execute(update(kiosk).where(kiosk.c.id == to.id).values(release_id=release_id))
    connection.execute(select(func.pg_notify(changes.NEWS, to.id)))


def offers(connection: Driver[TupleRow], running: Mapping[str, int]) -> list[Offered]:
    """The releases that are offered to kiosks that run a lower one.

    Parameters
    ----------
    running: by kiosk, the number of its release; 0 for what a technician has installed.
    """
    if not running:
        return []
    rows = connection.execute(
        """
        SELECT kiosk.id, manifest, signature
        FROM unnest(%s::text[], %s::int8[]) AS running (kiosk_id, number)
        JOIN kiosk ON kiosk.id = running.kiosk_id
        JOIN release ON release.id = release_id
        WHERE release.number > running.number
        """,
        [list(running), list(running.values())],
    ).fetchall()
    return [Offered(*row) for row in rows]


def is_taking(said: object) -> bool:
    """Whether a kiosk says that it is taking a release just now: then it looks at no other, nor at the same again."""
    return isinstance(said, str) and _GOES_ON.fullmatch(said) is not None


def pieces(connection: Driver[TupleRow], wanted: Collection[tuple[str, int, int, int]]) -> list[Piece]:
    """Pieces of the releases that kiosks are offered; of any other an empty one, so that they wait for it no longer.

    Parameters
    ----------
    wanted: of each the kiosk, the number of the release, the file and where in it the piece begins.
    """
    if not wanted:
        return []
    columns = [list(column) for column in zip(*wanted, strict=True)]
    return [Piece(*row) for row in connection.execute(_READ_PIECES, [PIECE, *columns]).fetchall()]


def _public_key(text: bytes) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise CannotPublish("This is no public key. `smilepost release key` writes it beside the key, as ….pub.")
    return key


def _unpacked(archive: bytes) -> tuple[bytes, str, dict[str, bytes]]:
    """Manifest, signature and files by path."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as file:
            if sum(entry.file_size for entry in file.infolist()) > LARGEST:
                raise CannotPublish(f"The release is larger than {LARGEST // 2**20} MiB.")
            members = {entry.filename: file.read(entry) for entry in file.infolist()}
        text, signature = members.pop(MANIFEST), members.pop(SIGNATURE).decode().strip()
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError, RuntimeError, NotImplementedError) as problem:
        raise CannotPublish("This is not a release. `smilepost release build` makes one.") from problem
    return text, signature, members


def _manifest(text: bytes) -> Manifest:
    if len(text) > LARGEST_MANIFEST:
        raise CannotPublish(f"The manifest has {len(text)} bytes, and a kiosk takes {LARGEST_MANIFEST}.")
    try:
        return msgspec.json.decode(text, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise CannotPublish(f"The manifest cannot be read: {problem}.") from problem


def _keep(connection: Connection, manifest: Manifest, text: str, signature: str, files: dict[str, bytes]) -> Published:
    values = {"number": manifest.number, "board": manifest.board, "version": manifest.version}
    made = insert(release).values(**values, manifest=text, signature=signature).returning(release.c.id)
    try:
        with connection.begin_nested():
            release_id = connection.execute(made).scalar_one()
            for index, (path, _, _) in enumerate(manifest.files):
                row = {"release_id": release_id, "file": index, "data": files[path]}
                connection.execute(insert(release_file).values(row))
    except exc.IntegrityError as problem:
        same = (release.c.number == manifest.number, release.c.board == manifest.board)
        known = connection.execute(select(release).where(*same)).one()
        if known.manifest != text:
            raise CannotPublish(
                f"There is another release {manifest.number} for the board {manifest.board}. Take a higher number."
            ) from problem
        return Published(known.id, manifest, is_new=False)
    return Published(release_id, manifest, is_new=True)


_READ_PIECES = """
SELECT want.kiosk_id, want.number, want.file, want.at, coalesce(substring(data FROM want.at + 1 FOR %b::int), '')
FROM unnest(%b::text[], %b::int[], %b::int[], %b::int[]) AS want (kiosk_id, number, file, at)
JOIN kiosk ON kiosk.id = want.kiosk_id AND kiosk.state = 'enrolled'
LEFT JOIN release ON release.id = kiosk.release_id AND release.number = want.number
LEFT JOIN release_file ON release_file.release_id = release.id AND release_file.file = want.file
WHERE release.id IS NULL OR want.at < length(data)
"""
