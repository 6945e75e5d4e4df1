"""A full disk, a kill in the middle, a damaged file: never half a backup, never half an installation."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine

from collector.backup import unfinished
from collector.backup.file import MANIFEST, Manifest
from collector.backup.restore import restore, verify
from collector.backup.save import backup
from collector.database import connect
from collector.settings import Settings
from tests.collector.backup.full import files, fill_up
from tests.collector.test_cli import smilepost
from tests.waiting import until

#: Random bytes, which cannot be made smaller: enough to be caught in the middle.
MEBIBYTES = 24


@pytest.fixture
def large(full: Settings, engine: Engine) -> Settings:
    with engine.begin() as connection:
        fill_up(connection, MEBIBYTES)
    return full


@pytest.fixture
def saved(full: Settings, tmp_path: Path) -> Path:
    backup(full, tmp_path / "saved.zip")
    return tmp_path / "saved.zip"


def begin(settings: Settings, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "collector", *arguments], env=settings.environment(), stdout=subprocess.DEVNULL
    )


def tables(settings: Settings) -> int:
    with connect(settings) as database:
        [(count,)] = database.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return int(count)


def test_backup_that_is_killed_leaves_nothing_under_its_name(large: Settings, tmp_path: Path) -> None:
    target, part = tmp_path / "saved.zip", tmp_path / "saved.zip.part"
    killed = begin(large, "backup", str(target))
    until(lambda: part.exists() and part.stat().st_size > 2**20, "some of the draft")
    killed.kill()
    assert killed.wait() == -9
    assert not target.exists()
    backup(large, target)
    assert not part.exists()
    assert verify(target).rows > MEBIBYTES


def test_two_backups_of_one_name_do_not_mix(large: Settings, tmp_path: Path) -> None:
    target, part = tmp_path / "saved.zip", tmp_path / "saved.zip.part"
    first = begin(large, "backup", str(target))
    until(part.exists, "the draft")
    second = smilepost(large, "backup", str(target))
    assert "Another backup is being written" in second.stderr
    assert first.wait() == 0
    verify(target)


def test_full_disk_costs_nothing_that_was_there(large: Settings, tmp_path: Path) -> None:
    """With the embedded database, all of it on a small disk: its own files fit, the backup does not."""
    saved, again = tmp_path / "saved.zip", tmp_path / "again.zip"
    backup(large, saved)
    disk, small = tmp_path / "disk", tmp_path / "small"
    disk.mkdir()
    small.mkdir()
    environment = Settings.load(environ={}, data=disk / "data").environment()
    # PostgreSQL does not run as root, be it that of the namespace: 65534 is nobody.
    smilepost = f"unshare --user --map-user=65534 --map-group=65534 {sys.executable} -m collector"
    script = f"""
        mount -t tmpfs -o size=70m,mode=777 none {disk}
        mount -t tmpfs -o size=1m,mode=777 none {small}
        {smilepost} restore {saved} && exit 1
        {smilepost} up && exit 2
        test -e {disk}/data/postgres && exit 3
        mount -o remount,size=400m {disk}
        {smilepost} restore {saved} || exit 4
        {smilepost} restore {saved} && exit 5
        {smilepost} backup {small}/again.zip && exit 6
        test -z "$(ls -A {small})" || exit 7
        {smilepost} backup {again} || exit 8
    """
    ended = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr + ended.stdout
    said = ended.stderr.splitlines()
    assert len(said) == 4, said
    assert said[0].startswith("smilepost: The database did not take it: ")
    assert said[0].endswith("Nothing of it is there. When that is mended, run it again: it begins anew.")
    assert "was cut short: not everything is there. Run it again" in said[1]
    assert "is in use" in said[2]
    assert f"cannot be written to {small}: No space left on device. Nothing is left there." in said[3]
    noise = [[each.rows for each in verify(path).tables if each.name == "put_aside"] for path in (saved, again)]
    assert noise == [[MEBIBYTES + 1], [MEBIBYTES + 1]]


def test_restore_that_is_killed_leaves_an_empty_database_and_can_be_run_again(
    large: Settings, engine: Engine, empty: Settings, tmp_path: Path
) -> None:
    backup(large, tmp_path / "saved.zip")
    killed = begin(empty, "restore", str(tmp_path / "saved.zip"))
    copying = "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%'"
    with connect(empty, autocommit=True) as database:
        until(lambda: database.execute(copying).fetchone() == (True,), "rows on their way")
        killed.kill()
        assert killed.wait() == -9
        others = "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database()"
        until(lambda: database.execute(others).fetchone() == (True,), "the end of its connection")
    assert tables(empty) == 0
    refused = smilepost(empty, "up")
    assert refused.returncode == 1
    assert "was cut short: not everything is there. Run it again" in refused.stderr
    assert "was cut short" in smilepost(empty, "backup", str(tmp_path / "half.zip")).stderr

    restore(empty, tmp_path / "saved.zip")
    assert files(empty.data) == files(large.data)
    unfinished.refuse_unfinished(empty)


def test_restore_that_is_killed_behind_its_commit_is_seen_to_be_complete(
    full: Settings, empty: Settings, saved: Path
) -> None:
    restore(empty, saved)
    with connect(empty) as database:
        [(said,)] = database.execute("SELECT obj_description('alembic_version'::regclass)").fetchall()
    unfinished.put_mark(empty, unfinished.Mark(said.removeprefix("restored "), str(saved)))
    ended = smilepost(empty, "restore", str(saved))
    assert (ended.returncode, ended.stderr) == (0, "")
    unfinished.refuse_unfinished(empty)


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size * 2 // 3)


def cut_a_byte(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 1)


def bite(member: str) -> Callable[[Path], None]:
    """Another bit somewhere in a member."""

    def change(path: Path) -> None:
        with zipfile.ZipFile(path) as whole:
            [info] = [each for each in whole.infolist() if each.filename.startswith(member)][:1]
        with path.open("r+b") as file:
            file.seek(info.header_offset + 30 + len(info.filename) + 20 + info.compress_size // 2)
            byte = file.read(1)[0]
            file.seek(-1, 1)
            file.write(bytes([byte ^ 16]))

    return change


def rewrite(change: Callable[[Manifest], Manifest]) -> Callable[[Path], None]:
    """Another manifest, in a file that is whole."""

    def apply(path: Path) -> None:
        with zipfile.ZipFile(path) as whole:
            members = {name: whole.read(name) for name in whole.namelist()}
        manifest = change(msgspec.json.decode(members[MANIFEST], type=Manifest))
        with zipfile.ZipFile(path, "w") as written:
            for name, content in {**members, MANIFEST: msgspec.json.encode(manifest)}.items():
                written.writestr(name, content)

    return apply


def lose_a_row(manifest: Manifest) -> Manifest:
    tables = [msgspec.structs.replace(each, rows=each.rows + 1) for each in manifest.tables]
    return msgspec.structs.replace(manifest, tables=tables)


def escape(manifest: Manifest) -> Manifest:
    first, *others = manifest.files
    return msgspec.structs.replace(manifest, files=[msgspec.structs.replace(first, path="../outside"), *others])


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda path: path.write_bytes(b""), "is no backup of Smilepost"),
        (lambda path: path.write_text("SELECT 1;" * 100), "is no backup of Smilepost"),
        (lambda path: path.unlink(), "cannot be read: No such file or directory"),
        (cut, "damaged or cut short"),
        (cut_a_byte, "damaged or cut short"),
        (bite("database/rating"), "damaged"),
        (bite("data/secrets"), "damaged"),
        (bite("manifest"), "damaged"),
        (rewrite(lose_a_row), "is damaged: the table"),
        (rewrite(escape), "outside the data folder"),
        (
            rewrite(lambda manifest: msgspec.structs.replace(manifest, format=2)),
            "in a layout that this one cannot read",
        ),
        (
            rewrite(lambda manifest: msgspec.structs.replace(manifest, revision="4711", version="9.0")),
            "was made by a newer Smilepost (9.0)",
        ),
    ],
)
def test_damaged_file_is_refused_before_anything_is_touched(
    full: Settings, empty: Settings, saved: Path, damage: Callable[[Path], None], says: str
) -> None:
    damage(saved)
    refused = smilepost(empty, "restore", str(saved))
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
    assert says in refused.stderr
    assert not empty.data.exists()
    assert tables(empty) == 0


def test_verify_says_whether_a_file_is_whole(full: Settings, saved: Path) -> None:
    assert "Whole: as of 20" in smilepost(full, "backup", "--verify", str(saved)).stdout
    bite("database/put_aside")(saved)
    assert "damaged" in smilepost(full, "backup", "--verify", str(saved)).stderr


def test_server_that_stops_in_the_middle_leaves_no_backup(large: Settings, tmp_path: Path) -> None:
    target, part = tmp_path / "saved.zip", tmp_path / "saved.zip.part"
    backing_up = subprocess.Popen(
        [sys.executable, "-m", "collector", "backup", str(target)],
        env=large.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: part.exists() and part.stat().st_size > 2**20, "some of the draft")
    with connect(large, autocommit=True) as database:
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    _, said = backing_up.communicate(timeout=60)
    assert backing_up.returncode == 1
    assert "The database did not give everything" in said
    assert not list(tmp_path.glob("saved*"))
