"""Releases as a file: signed, and read by whoever takes them; and the program that makes them."""

import base64
import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from collector.failure import Failure
from collector.fleet.releases import LARGEST_MANIFEST
from provisioning.release import build, make_key, read_key

FILES = {"kiosk_main.mpy": b"main", "kiosk/app.mpy": b"app" * 1000, "kiosk/__init__.mpy": b""}


def smilepost(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "collector", "--data", str(folder / "data"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=folder)


def test_the_manifest_says_all_there_is_and_the_signature_is_of_it() -> None:
    key = Ed25519PrivateKey.generate()
    release = build(FILES, "pico_w", 12, "0.2.0", key)
    manifest = json.loads(release.manifest)
    assert {name: manifest[name] for name in ("number", "version", "board")} == {
        "number": 12,
        "version": "0.2.0",
        "board": "pico_w",
    }
    assert [path for path, _, _ in manifest["files"]] == sorted(FILES)
    for path, size, digest in manifest["files"]:
        assert size == len(FILES[path])
        assert base64.b64decode(digest) == hashlib.sha256(FILES[path]).digest()
    key.public_key().verify(release.signature, release.manifest.encode())
    with pytest.raises(InvalidSignature):
        key.public_key().verify(release.signature, release.manifest.replace("12", "13").encode())


def test_the_file_holds_the_very_text_that_was_signed(tmp_path: Path) -> None:
    release = build(FILES, "pico_w", 12, "0.2.0", Ed25519PrivateKey.generate())
    release.write(tmp_path / "one.zip")
    release.write(tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.read("manifest.json").decode() == release.manifest
        assert base64.b64decode(archive.read("signature"), validate=True) == release.signature
        assert {name: archive.read(name) for name in archive.namelist()[2:]} == FILES


def test_what_no_kiosk_would_take_is_not_built() -> None:
    key = Ed25519PrivateKey.generate()
    with pytest.raises(Failure, match="higher"):
        build(FILES, "pico_w", 0, "0.2.0", key)
    many = {f"kiosk/module_{number:03}.mpy": b"" for number in range(90)}
    with pytest.raises(Failure, match=str(LARGEST_MANIFEST)):
        build(many, "pico_w", 12, "0.2.0", key)


def test_a_key_is_for_its_owner_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "release.key"
    public = make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "release.key.pub").read_text() == f"{public}\n"
    assert base64.b64decode(public) == read_key(path).public_key().public_bytes_raw()
    before = path.read_bytes()
    with pytest.raises(Failure, match="there already"):
        make_key(path)
    assert path.read_bytes() == before


def test_a_key_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="`smilepost release key` makes one"):
        read_key(tmp_path / "release.key")
    (tmp_path / "release.key").write_text("?")
    with pytest.raises(Failure, match="is no key"):
        read_key(tmp_path / "release.key")
    with pytest.raises(Failure, match="cannot be written"):
        make_key(tmp_path / "nowhere" / "release.key")


def test_the_program_from_the_key_to_the_file(tmp_path: Path) -> None:
    made = smilepost(tmp_path, "release", "key")
    assert (made.returncode, made.stderr) == (0, "")
    built = smilepost(tmp_path, "release", "build", "pico_w", "3")
    assert (built.returncode, built.stdout, built.stderr) == (0, "smilepost-pico_w-3.zip\n", "")
    with zipfile.ZipFile(tmp_path / "smilepost-pico_w-3.zip") as archive:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(made.stdout))
        public.verify(base64.b64decode(archive.read("signature")), archive.read("manifest.json"))
        assert json.loads(archive.read("manifest.json"))["board"] == "pico_w"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("release", "build", "pico_w", "3"), "release.key cannot be read"),
        (("release", "build", "toaster", "3", "--key", "k"), "there is no board toaster"),
        (("release", "build", "pico_w", "0", "--key", "k"), "the number of a release is 1 or more"),
    ],
)
def test_the_program_says_what_is_wrong(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    make_key(tmp_path / "k")
    ended = smilepost(tmp_path, *arguments)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
