"""The roll-over of the CA as files: each step may be interrupted at any file operation, and done again."""

import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509

from collector.broker import authority, certificates
from collector.broker.authority import Stage, begin, end, stage_of, switch
from collector.broker.certificates import ends_at, make_certificates
from collector.broker.errors import BrokerError


class Cut(Exception):
    """The power went."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "certificates"
    make_certificates(made, made, ["broker.example", "192.0.2.7"])
    return made


def verifies(folder: Path, ca: Path) -> bool:
    """Whether somebody with this CA takes the broker's certificate."""
    command = ["openssl", "verify", "-x509_strict", "-CAfile", ca, "-verify_hostname", "broker.example"]
    return subprocess.run([*command, folder / "broker.pem"], capture_output=True, check=False).returncode == 0


def names(folder: Path) -> list[str]:
    made = x509.load_pem_x509_certificate((folder / "broker.pem").read_bytes())
    return [str(name.value) for name in made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value]


def test_step_by_step_whoever_trusts_both_is_never_cut_off(folder: Path, tmp_path: Path) -> None:
    old, both, new = tmp_path / "old.pem", tmp_path / "both.pem", tmp_path / "new.pem"
    shutil.copy(folder / "ca.pem", old)
    before, served, key = names(folder), (folder / "broker.pem").read_bytes(), (folder / "broker.key").read_bytes()
    begin(folder)
    shutil.copy(folder / "ca.pem", both)
    assert stage_of(folder) is Stage.BOTH
    assert (folder / "broker.pem").read_bytes() == served
    assert both.read_text().startswith(old.read_text())
    assert len(both.read_text()) < authority.LONGEST
    # A certificate that is made anew meanwhile is of the old CA, which all know, and keeps what kiosks are given.
    make_certificates(folder, folder, before)
    assert [verifies(folder, ca) for ca in (old, both)] == [True, True]
    assert (folder / "ca.pem").read_bytes() == both.read_bytes()
    key = (folder / "broker.key").read_bytes()
    switch(folder, [folder / "broker.pem"])
    assert stage_of(folder) is Stage.SWITCHED
    assert [verifies(folder, ca) for ca in (old, both)] == [False, True]
    assert (folder / "ca.pem").read_bytes() == both.read_bytes()
    assert (names(folder), (folder / "broker.key").read_bytes()) == (before, key)
    end(folder)
    shutil.copy(folder / "ca.pem", new)
    assert stage_of(folder) is Stage.ALONE
    assert [verifies(folder, ca) for ca in (old, both, new)] == [False, True, True]
    assert both.read_text() == old.read_text() + new.read_text()
    assert sorted(path.name for path in folder.iterdir()) == ["broker.key", "broker.pem", "ca.key", "ca.pem"]
    assert stat.S_IMODE((folder / "ca.key").stat().st_mode) == 0o600
    make_certificates(folder, folder, before)
    assert verifies(folder, new)


def test_each_step_waits_for_the_one_before(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match="certificates NAME"):
        begin(tmp_path / "nothing")
    with pytest.raises(BrokerError, match="ca new"):
        switch(folder, [folder / "broker.pem"])
    begin(folder)
    begin(folder)
    with pytest.raises(BrokerError, match="ca switch"):
        end(folder)
    switch(folder, [folder / "broker.pem"])
    switch(folder, [folder / "broker.pem"])
    with pytest.raises(BrokerError, match="ca end"):
        begin(folder)
    end(folder)
    end(folder)
    assert stage_of(folder) is Stage.ALONE


def test_a_certificate_of_somebody_else_is_not_touched(folder: Path, tmp_path: Path, certificates: Path) -> None:
    begin(folder)
    foreign = tmp_path / "broker.pem"
    foreign.write_text("no certificate")
    with pytest.raises(BrokerError, match="is no certificate"):
        switch(folder, [foreign])
    assert stage_of(folder) is Stage.BOTH


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_whatever_is_interrupted_is_done_again_to_the_same_end(
    folder: Path, tmp_path: Path, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    what: list[Callable[[], None]] = [
        lambda: begin(folder),
        lambda: switch(folder, [folder / "broker.pem"]),
        lambda: end(folder),
    ]
    stages = [Stage.BOTH, Stage.SWITCHED, Stage.ALONE]
    for step in what[: steps - 1]:
        step()
    start = tmp_path / "start"
    shutil.copytree(folder, start)
    cut_at = 0
    while True:
        shutil.rmtree(folder)
        shutil.copytree(start, folder)
        trusted = folder / "ca.pem"
        kiosks_have = trusted.read_bytes()
        with monkeypatch.context() as patch:
            left = [cut_at]
            for module in (authority, certificates):
                patch.setattr(module, "replace_file", _cut_after(left, module.replace_file))
            patch.setattr(Path, "replace", _cut_after(left, Path.replace))
            patch.setattr(shutil, "rmtree", _cut_after(left, shutil.rmtree))
            try:
                what[steps - 1]()
                is_cut = False
            except Cut:
                is_cut = True
        # What kiosks were given before, or are given now, lets them in at any moment.
        for text in {kiosks_have, trusted.read_bytes()}:
            (tmp_path / "has.pem").write_bytes(text)
            assert verifies(folder, tmp_path / "has.pem")
        assert ends_at(folder / "broker.pem")
        what[steps - 1]()
        assert stage_of(folder) is stages[steps - 1]
        if not is_cut:
            break
        cut_at += 1
    assert cut_at >= 2


def _cut_after(left: list[int], real: Callable[..., object]) -> Callable[..., object]:
    def cut(*args: object, **kwargs: object) -> object:
        if left[0] == 0:
            raise Cut
        left[0] -= 1
        return real(*args, **kwargs)

    return cut
