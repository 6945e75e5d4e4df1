"""Files onto a board: compressed on the way, written aside, compared, and put in their places at the end.

What is on the board already is not sent again, be it in its place or still aside from a time when the cable was pulled.
Until all is there the board has what it had before, whole.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from collector.failure import Failure
from provisioning.wire.line import Line, bad_line
from provisioning.wire.packing import packed, piece
from provisioning.wire.sealing import BoardFault

DRAFT = ".tmp"  # as in `on_board.py`
#: Bytes of a file that are compressed as one: a board has them in memory.
_PART = 16_384
#: How often the transfer is begun again where not one more file has come over.
_TRIES = 5


@dataclass(frozen=True)
class Installed:
    """What an installation took.

    Parameters
    ----------
    sent_bytes: on the wire, to the board.
    sent_files, kept_files, removed_files: how many were sent, were on it already, and are gone.
    seconds: from the first question to the last answer.
    """

    sent_bytes: int
    sent_files: int
    kept_files: int
    removed_files: int
    seconds: float


def install(line: Line, files: dict[str, bytes], progress: Callable[[int, int], None]) -> Installed:
    """Bring these files onto the board, and take away what else lies where they lie.

    1. What is there? 2. Send what is missing, aside. 3. Put it in its place; main.py is the last.
    """
    began, sent_before = time.monotonic(), line.sent
    ours = sorted({path.split("/")[0].split(".")[0] for path in files})
    first = plan = _planned(files, dict(line.run_each(f"survey({ours!r})")))
    _make_room(line, plan)
    tries = 1
    while not _sent(line, Outbox(plan.missing, files, progress)):
        left, plan = len(plan.missing), _planned(files, dict(line.run_each(f"survey({ours!r})")))
        tries = tries + 1 if len(plan.missing) == left else 1
        if tries > _TRIES:
            raise Failure(bad_line(line.path))
    if plan.missing or plan.aside or plan.gone:
        line.run(f"finish({ours!r}, {plan.gone!r})")
    missing, gone = len(first.missing), len(first.gone)
    return Installed(line.sent - sent_before, missing, len(files) - missing, gone, time.monotonic() - began)


def replace(line: Line, path: str, data: bytes) -> None:
    """Replace one file, whole or not at all."""
    for _ in range(_TRIES):
        if _sent(line, Outbox([path], {path: data})):
            line.run(f"take({path!r})")
            return
    raise Failure(bad_line(line.path))


class Outbox:
    """The files that a board asks for, line by line.

    Parameters
    ----------
    paths: of those that it is to get, in this order.
    files: by path.
    progress: hears how many compressed bytes have gone, and of how many.
    """

    def __init__(
        self,
        paths: list[str],
        files: dict[str, bytes],
        progress: Callable[[int, int], None] = lambda *_: None,
    ) -> None:
        self.paths = paths
        self._parts = [_in_parts(files[path]) for path in paths]
        self._digests = [_digest(files[path]) for path in paths]
        self._progress = progress
        self._of = sum(len(part) for parts in self._parts for part in parts)
        self._done: dict[tuple[int, int, int], int] = {}
        progress(0, self._of)

    def answer(self, question: str) -> bytes:
        """Answer "number", a file, or "number part offset", some of its compressed bytes."""
        number, *where = map(int, question.split())
        if not where:
            sizes = [str(len(part)) for part in self._parts[number]]
            return "\t".join([self.paths[number], self._digests[number], *sizes]).encode()
        part, offset = where
        data = piece(self._parts[number][part], offset)
        self._done[number, part, offset] = len(data)
        self._progress(sum(self._done.values()), self._of)
        return data


@dataclass(frozen=True)
class _Plan:
    """missing: to be sent; aside: there, but not in their places; gone: to be removed."""

    missing: list[str]
    aside: list[str]
    gone: list[str]


def _planned(files: dict[str, bytes], found: dict[str, str]) -> _Plan:
    """What is to be done, by what lies on the board: its paths and their SHA-256."""
    digests = {path: _digest(data) for path, data in files.items()}
    wrong = [path for path in files if found.get(path) != digests[path]]
    aside = [path for path in wrong if found.get(path + DRAFT) == digests[path]]
    missing = [path for path in wrong if path not in aside]
    stay = {*files, *(path + DRAFT for path in wrong)}
    return _Plan(missing, aside, sorted(path for path in found if path not in stay))


def _make_room(line: Line, plan: _Plan) -> None:
    drafts = [path for path in plan.gone if path.endswith(DRAFT)]
    if drafts:
        line.run(f"[remove(path) for path in {drafts!r}] and None")


def _sent(line: Line, outbox: Outbox) -> bool:
    """Send them all; whether they arrived."""
    if not outbox.paths:
        return True
    try:
        return line.serve(f"receive({len(outbox.paths)})", outbox.answer)
    except BoardFault as fault:
        drafts = [path + DRAFT for path in outbox.paths]
        line.run(f"[remove(path) for path in {drafts!r}] and None")
        raise Failure(_not_written(line, fault)) from fault


def _not_written(line: Line, fault: BoardFault) -> str:
    if "ENOSPC" in fault.text or "OSError: 28" in fault.text:
        size, _, blocks, free = line.run("os.statvfs('/')[:4]")
        return (
            f"There is not enough space on the board's flash: of {size * blocks // 1024} KiB, {size * free // 1024} "
            "are free, and the new files lie beside the old ones until all are there. Nothing was changed. If the "
            "board holds ratings, let it send them first; if it was used for something else, erase its flash and put "
            "MicroPython onto it anew (hardware.md). Then run the same command again."
        )
    return (
        f"The board could not keep the files: {fault.text.strip().splitlines()[-1]}. Unplug it, plug it in again, and "
        "run the same command; if that does not help, its flash is worn out, and the board has to be replaced."
    )


def _in_parts(data: bytes) -> list[bytes]:
    return [packed(data[at : at + _PART]) for at in range(0, len(data), _PART)]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
