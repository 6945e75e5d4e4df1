"""`smilepost print proxy` as a technician starts it."""

import contextlib
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.cli import _parser, main
from collector.commands.printing import _pattern, _print_proxy
from printer.proxy import WARNING
from tests.conftest import free_ports, wait_for_port
from tests.printer.paper import RunningPrinter, read_links
from tests.printer.proxy import receipts
from tests.printer.proxy.receipts import Till

DOCUMENT = Path(__file__).parents[3] / "docs" / "printing.md"
PRINTER = ("--printer", "tcp://127.0.0.1:9")


def documented(*instead: str) -> list[str]:
    """The command line of the document, with a signer, a printer and an address for the till of ours."""
    found = re.search(r"^smilepost print proxy (.*?)\n```", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)
    assert found
    words = shlex.split(found[1].replace("\\\n", " "))
    assert words[:4:2] == ["--signer", "--printer"]
    return [*instead, *words[4:]]


@contextlib.contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The proxy as a process of its own."""
    command = [sys.executable, "-m", "collector", "print", "proxy", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


def printed(port: int, data: bytes) -> None:
    till = Till(port)
    till.send(data)
    till.hang_up()


def test_the_document_s_command_prints_until_it_is_stopped(virtual: RunningPrinter, signer_file: Path) -> None:
    [port] = free_ports(1)
    receipt = b"\x1b@Riverside\nTOTAL 12.00\nNo. 0042\n\n\x1dVB\x00"
    arguments = ("--signer", str(signer_file), "--printer", virtual.address, "--listen", f"127.0.0.1:{port}")
    with running(*documented(*arguments)) as process:
        wait_for_port(port)
        while not virtual.links:  # a receipt that comes before the first code is made goes as it is
            printed(port, receipts.kitchen() + receipt)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert said.startswith(WARNING)
    assert read_links(virtual.strips[-1].png) == virtual.links
    assert all("KITCHEN" in strip.text for strip in virtual.strips[::2])


def test_the_document_s_unit_starts_what_there_is() -> None:
    [start] = re.findall(r"^ExecStart=\S+/smilepost (.*)$", DOCUMENT.read_text(), re.MULTILINE)
    parsed = _parser().parse_args(shlex.split(start))
    assert parsed.run is _print_proxy
    assert parsed.match == "TOTAL"


def test_without_its_signer_s_file_it_says_so_and_prints(virtual: RunningPrinter, tmp_path: Path) -> None:
    [port] = free_ports(1)
    arguments = ("--signer", str(tmp_path / "none.json"), "--printer", virtual.address)
    with running(*arguments, "--listen", f"127.0.0.1:{port}", "--every") as process:
        wait_for_port(port)
        printed(port, receipts.plain())
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "is it there" in said
    [strip] = virtual.strips
    assert receipts.TOTAL in strip.text
    assert read_links(strip.png) == []


@pytest.mark.parametrize(
    ("pattern", "text", "finds"),
    [
        (r"TOTAL .*?No\. (?P<reference>\d+)", "TOTAL 12.00\nNo. 0042", True),
        (r"^No\. \d+$", "TOTAL 12.00\nNo. 0042\nThank you", True),
        (r"^0042", "TOTAL 12.00\nNo. 0042", False),
    ],
)
def test_a_receipt_is_searched_across_its_lines(pattern: str, text: str, finds: bool) -> None:
    found = _pattern("--match", pattern)
    assert found
    assert bool(found.search(text)) is finds


def test_its_help_warns(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["print", "proxy", "--help"])
    assert "before a fiscal printer" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--match", "("], "no regular expression"),
        (["--every", "--profile", "unknown"], "no 'unknown'"),
        (["--match", ""], "found in everything.*--every"),
        (["--match", ".*"], "found in everything"),
        (["--match", "TOTAL", "--except", ""], "--except.* found in everything"),
        (["--every", "--encoding", "cp9999"], "no code page 'cp9999'"),
        (["--every", "--encoding", "zlib"], "no code page 'zlib'"),
        (["--every", "--encoding", "utf-16"], "no code page 'utf-16'"),
        (["--every", "--printer", "usb:///dev/usb/lp0"], "is no address"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, arguments: list[str], said: str) -> None:
    with pytest.raises(SystemExit, match=said):
        main(["print", "proxy", "--signer", str(tmp_path / "none.json"), *PRINTER, *arguments])


@pytest.mark.parametrize("arguments", [[], ["--match", "A", "--every"]])
def test_which_receipts_must_be_said(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["print", "proxy", "--signer", "signer.json", *PRINTER, *arguments])
    assert ended.value.code == 2
