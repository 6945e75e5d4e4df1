"""The cable is pulled at every step of an installation: `make test-cable`; `test_cable_pulls.py` does a short form.

Each time the power goes in the middle of an operation of the flash, or after so many bytes on the wire. Then the board
gets its power again, runs whatever it then runs, and the same installation is made once more.

    python -m tests.provisioning.cable_pulls             the whole firmware, every operation of the flash
    python -m tests.provisioning.cable_pulls --every 10  each tenth of them
"""

import argparse
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from collector.failure import Failure
from provisioning.board import Board
from provisioning.bundle import installation
from simulators.flash_image import opened
from simulators.serial_board import Faults, SerialBoard

#: What a kiosk keeps on its flash, and no installation touches.
KEPT = {
    "device.json": b'{"kiosk": "exit-1", "host": "127.0.0.1", "port": 1, "n": 1, "secret": "s"}',
    "wifi.json": b'{"name": "shop"}',
    "slots.json": b'{"highest": 7}',
    "slots/a/kiosk_main.mpy": b"a release",
    "boot.py": b"# of the board",
}
#: Bytes between two cuts on the wire.
STRIDE = 499


def toy(version: int) -> dict[str, bytes]:
    """A small firmware that tells in `ran.txt` of which versions its modules are, each time it starts."""
    modules = ["boards/virtual", "kiosk/__init__", "kiosk/face", "starter"]
    files = {f"{name}.py": f"VERSION = {version}\n".encode() for name in modules}
    files["kiosk/sans.font"] = bytes(at * at * version % 251 for at in range(5000))
    if version == 1:
        files["kiosk/gone/old.py"] = b"VERSION = 1\n"
    files["main.py"] = (
        b"import boards.virtual, kiosk, kiosk.face, starter\n"
        b"found = {m.VERSION for m in (boards.virtual, kiosk, kiosk.face, starter)}\n"
        b'with open("ran.txt", "w") as file:\n    file.write(repr(found))\n'
        b'print("ran", found)\n'
        b"# version %d\n" % version
    )
    return files


@dataclass
class Case:
    """One installation that is cut: from which files, to which, and how the board is looked at afterwards."""

    before: dict[str, bytes]
    after: dict[str, bytes]
    runs: Callable[[SerialBoard], None]
    faults: Faults = field(default_factory=Faults)


def prepared(folder: Path, case: Case) -> Path:
    """A flash with what is on the board before."""
    with SerialBoard(folder) as board:
        if case.before:
            install(board, case.before)
    with opened(folder / "flash.img") as storage:
        storage.make_folder("slots")
        storage.make_folder("slots/a")
        for path, data in KEPT.items():
            storage.replace(path, data)
    return folder / "flash.img"


def extent(image: Path, case: Case) -> tuple[int, int]:
    """How many operations of the flash, and bytes on the wire, the installation takes from power to end."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(image, folder)
        with SerialBoard(Path(folder)) as board:
            install(board, case.after)
            return board.written, board.carried


def install(board: SerialBoard, files: dict[str, bytes]) -> None:
    with Board.open(board.port) as opened_board:
        opened_board.install(files)


def pulled(image: Path, case: Case, *, at_flash: int | None = None, after_bytes: int | None = None) -> bool:
    """Cut one installation, and do it again; whether the cut came before its end. AssertionError: it was not well."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(image, folder)
        faults = Faults(cut_at_flash=at_flash, cut_after_bytes=after_bytes)
        with SerialBoard(folder, faults=faults) as board:
            said = ""
            try:
                install(board, case.after)
            except Failure as failure:
                said = str(failure)
            assert not said or ("run the same command" in said and not board.is_on), said
            board.pull()
            faults.cut_at_flash = faults.cut_after_bytes = None
            board.plug_in()
            install(board, case.after)
            board.pull()
            with opened(folder / "flash.img") as storage:
                for path, data in (case.after | KEPT).items():
                    assert storage.read(path) == data, path
                for path in case.before.keys() - case.after.keys():
                    assert storage.read(path) is None, path
                left = [name for inner in ("", "kiosk", "boards") for name in storage.names(inner)]
                assert not [name for name in left if name.endswith(".tmp") or name in {"gone", "maintenance"}], left
                assert storage.read("ran.txt") in {None, b"{1}", b"{2}"}  # no mixture has run, whenever the power came
            board.plug_in()
            case.runs(board)
        return bool(said)


def _is_a_kiosk(board: SerialBoard) -> None:
    board.wait_until(lambda: board.front.armed)
    assert board.press(2), "no light"


def _problem(attempt: tuple[Path, Case, dict[str, int]]) -> str:
    """What went wrong, or ""."""
    image, case, cut = attempt
    try:
        pulled(image, case, **cut)
    except (AssertionError, Failure, TimeoutError) as problem:
        return f"  {cut}: {type(problem).__name__} {problem}"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="try each n-th cut only (default: 1)")
    parsed = parser.parse_args()
    logging.disable()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    began, tried, wrong = time.monotonic(), 0, 0
    after = installation("virtual")
    before = {path: data[:-1] + b"!" if path.endswith("e.mpy") else data for path, data in after.items()}
    before["kiosk/app.py"] = b"raise SystemExit"  # would be taken in place of app.mpy
    before["main.py"] = b"# of another time\n"
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(2) as pool:
        for what, case in {
            "onto a blank board": Case({}, after, _is_a_kiosk),
            "over an older firmware": Case(before, after, _is_a_kiosk),
        }.items():
            image = prepared(Path(name) / what, case)
            operations, size = extent(image, case)
            cuts = [{"at_flash": at} for at in range(1, operations + 1, parsed.every)]
            cuts += [{"after_bytes": at} for at in range(1, size + 1, STRIDE * parsed.every)]

            tries = [(image, case, cut) for cut in cuts]
            problems = [problem for problem in pool.map(_problem, tries) if problem]
            print(*problems, sep="\n", end="\n" if problems else "")
            tried, wrong = tried + len(cuts), wrong + len(problems)
            print(
                f"{what}: {len(cuts):,} pulls ({operations:,} operations of the flash, {size:,} bytes on the wire), "
                f"{len(problems)} went wrong",
                flush=True,
            )
    print(f"{tried:,} pulls in {time.monotonic() - began:.0f} s, {wrong} boards not completed")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
