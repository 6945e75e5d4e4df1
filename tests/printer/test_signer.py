"""Links made far from the collector: each once, whatever happens to the machine."""

import itertools
import json
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printer import serials
from printer.codes import Receipt, decode
from printer.serials import BLOCK, Serials, UsedUp
from printer.signer import MOST, Signer, SignerError, SignerFile
from tests.firmware.forgetful_disk import KEPT, ForgetfulDisk, PowerCut

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
KEY = bytes(range(32))
VALUES = {
    "v": 1,
    "signer": 7,
    "key_number": 2,
    "key": KEY.hex(),
    "host": "https://feedback.example.com",
    "store": "Riverside",
    "language": "uk",
    "time_zone": "Europe/Kyiv",
}


def write(path: Path, **changed: Any) -> Path:
    path.write_text(json.dumps(VALUES | changed))
    path.chmod(0o600)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "signer.json")


@pytest.fixture
def signer(file: Path) -> Iterator[Signer]:
    opened = Signer(file)
    yield opened
    opened.close()


def test_a_link_carries_signer_day_and_number_and_its_signature(signer: Signer) -> None:
    link, day, serial = signer.next_link(NOW)
    host, _, code = link.partition("/Q/")
    assert host == "HTTPS://FEEDBACK.EXAMPLE.COM"
    assert (day, serial) == (date(2026, 11, 23), 1)  # it is past midnight in Kyiv
    claim = decode(code)
    assert claim.content == Receipt(7, day, 1)
    assert claim.key_number == 2
    assert claim.is_signed_by(KEY)


def test_numbers_go_on_in_the_next_block_after_a_restart(file: Path) -> None:
    for start in (1, 1 + BLOCK, 1 + 2 * BLOCK):
        signer = Signer(file)
        assert [signer.next_link(NOW).serial for _ in range(3)] == [start, start + 1, start + 2]
        signer.close()


def test_a_clock_that_goes_back_repeats_nothing(signer: Signer) -> None:
    links = [signer.next_link(NOW + timedelta(days=days)) for days in (0, 1, 0, -1, 0)]
    assert [link.serial for link in links] == [1, 2, 3, 4, 5]


def test_numbers_are_at_hand_before_they_are_wanted(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    signer.next_link(NOW)
    signer.reserve()
    monkeypatch.setattr(serials, "os", None)  # who asks the disk now fails
    assert [signer.next_link(NOW).serial for _ in range(BLOCK - 1)] == list(range(2, BLOCK + 1))


def test_many_threads_get_different_numbers(signer: Signer) -> None:
    links: list[int] = []

    def take() -> None:
        for _ in range(200):
            signer.reserve()
            links.append(signer.next_link(NOW).serial)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(links)) == 800


def test_a_second_process_is_told_that_the_file_is_in_use(signer: Signer, file: Path) -> None:
    with pytest.raises(SignerError, match=r"uses .* already"):
        Signer(file)
    signer.close()
    Signer(file).close()


def test_others_must_not_read_the_key(file: Path) -> None:
    file.chmod(0o640)
    with pytest.raises(SignerError, match="chmod 600"):
        Signer(file)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", json.dumps(VALUES | {"v": 2}), json.dumps(VALUES | {"key": "secret!"})]
)
def test_a_file_that_is_none_says_so_without_its_key(file: Path, content: str) -> None:
    file.write_text(content)
    with pytest.raises(SignerError, match="provision signer") as caught:
        Signer(file)
    assert "secret!" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SignerError, match="is it there"):
        Signer(tmp_path / "signer.json")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = SignerFile(7, 2, KEY, "https://feedback.example.com", "Ґанок", "uk", "Europe/Kyiv")
    path = tmp_path / "new.json"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("printer.signer.os.fsync", full)
        with pytest.raises(OSError, match="No space left"):
            values.write(path)
    assert not path.exists()
    values.write(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with path.open("rb") as file:
        assert SignerFile.read(file) == values
    with pytest.raises(FileExistsError):
        values.write(path)
    assert KEY.hex() not in repr(values)
    assert repr(KEY) not in repr(values)


@pytest.mark.parametrize("content", ["", "{}", '{"v":1,"next":0}', '{"v":1,"next":"1"}', "\0" * 16])
def test_without_a_readable_count_there_are_no_links(file: Path, content: str) -> None:
    file.with_name("signer-7.serials").write_text(content)
    with pytest.raises(SignerError, match="which links are used"):
        Signer(file)


def test_each_signer_has_a_count_of_its_own(file: Path) -> None:
    first = Signer(file)
    first.next_link(NOW)
    first.close()
    other = Signer(write(file, signer=8))
    assert other.next_link(NOW).serial == 1
    other.close()
    again = Signer(write(file, signer=7))
    assert again.next_link(NOW).serial == 1 + BLOCK
    again.close()


def test_at_the_end_of_the_numbers_it_says_so(file: Path) -> None:
    file.with_name("signer-7.serials").write_text(json.dumps({"v": 1, "next": MOST}))
    signer = Signer(file)
    assert signer.next_link(NOW).serial == MOST
    for _ in range(2):
        with pytest.raises(SignerError, match="used up"):
            signer.next_link(NOW)
    signer.close()


def test_a_clock_that_was_never_set_makes_no_links(signer: Signer) -> None:
    with pytest.raises(SignerError, match="clock says 1970"):
        signer.next_link(datetime(1970, 1, 1, 12, tzinfo=UTC))


def test_a_full_disk_makes_no_links_until_there_is_room(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(serials.os, "fsync", full)
        with pytest.raises(SignerError, match="No space left"):
            signer.next_link(NOW)
    assert signer.next_link(NOW).serial == 1


class Machine:
    """A machine whose power can go at each change of its disk, and the numbers that left it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, most: int = 10**6) -> None:
        self.disk = ForgetfulDisk()
        self.disk.install(monkeypatch, serials)
        self.given: list[int] = []
        self.most = most

    def run(self, numbers: int, changes: int, kept: str) -> bool:
        """Start, give out numbers until the power goes after so many changes; whether it went."""
        self.disk.cut_after(changes)
        try:
            counted = Serials("/serials", self.most)
            for _ in range(numbers):
                self.given.append(counted.next())
        except PowerCut:
            return True
        finally:
            self.disk.power_on(kept)
        return False


@pytest.mark.parametrize("kept", KEPT)
def test_power_may_go_at_every_change_of_the_disk(monkeypatch: pytest.MonkeyPatch, kept: str) -> None:
    for changes in itertools.count():
        machine = Machine(monkeypatch)
        cut = machine.run(3 * BLOCK, changes, kept)
        machine.run(2 * BLOCK, -1, kept)
        assert len(set(machine.given)) == len(machine.given)
        if not cut:
            break
    assert changes > 10


@settings(max_examples=60)
@given(runs=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 30), st.sampled_from(KEPT)), max_size=8))
def test_no_number_twice_over_any_number_of_power_cuts(runs: list[tuple[int, int, str]]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        machine = Machine(monkeypatch)
        for run in runs:
            machine.run(*run)
        assert len(set(machine.given)) == len(machine.given)


@settings(max_examples=30)
@given(most=st.integers(1, 3 * BLOCK))
def test_every_number_up_to_the_last_is_given_out(most: int) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        machine = Machine(monkeypatch, most)
        with pytest.raises(UsedUp):
            machine.run(4 * BLOCK, -1, "everything")
        assert machine.given == list(range(1, most + 1))


def test_a_killed_process_repeats_nothing(file: Path) -> None:
    """A real process, killed at random moments, with its real disk."""
    program = (
        "import sys\nfrom datetime import UTC, datetime\nfrom pathlib import Path\nfrom printer.signer import Signer\n"
        "signer = Signer(Path(sys.argv[1]))\n"
        "while True:\n    print(signer.next_link(datetime.now(UTC)).serial, flush=True)\n"
    )
    luck = random.Random(1)
    seen: list[int] = []
    for _ in range(6):
        with subprocess.Popen([sys.executable, "-c", program, file], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            for line in itertools.islice(process.stdout, luck.randrange(1, 400)):
                seen.append(int(line))
            process.kill()
            seen += [int(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    assert len(seen) > 6
    assert len(set(seen)) == len(seen)
