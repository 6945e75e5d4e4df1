"""`smilepost print proxy` as a technician starts it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from collector.cli import main
from printer.proxy import WARNING
from printer.signer import Signer
from tests.conftest import free_ports, wait_for_port
from tests.printer.paper import RunningPrinter, read_links
from tests.printer.proxy import receipts
from tests.printer.proxy.receipts import Till

PRINTER = ("--printer", "tcp://127.0.0.1:9")


def test_it_warns_and_prints_until_it_is_stopped(virtual: RunningPrinter, signer: Signer, tmp_path: Path) -> None:
    signer.close()  # its file is for one process
    [port] = free_ports(1)
    arguments = ["--signer", tmp_path / "signer.json", "--printer", virtual.address, "--listen", f"127.0.0.1:{port}"]
    command = [
        sys.executable,
        "-m",
        "collector",
        "print",
        "proxy",
        *arguments,
        "--match",
        "TOTAL",
        "--except",
        "KITCHEN",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        wait_for_port(port)
        while not virtual.links:  # a receipt that comes before the first code is made goes as it is
            till = Till(port)
            till.send(receipts.kitchen() + receipts.plain())
            till.hang_up()
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert said.startswith(WARNING)
    assert read_links(virtual.strips[-1].png) == virtual.links
    assert all("KITCHEN" in strip.text for strip in virtual.strips[::2])


def test_its_help_warns(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["print", "proxy", "--help"])
    assert "before a fiscal printer" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--match", "("], "no regular expression"),
        (["--every", "--profile", "unknown"], "no 'unknown'"),
        (["--every", "--encoding", "cp9999"], "knows no 'cp9999'"),
        (["--every"], "is it there"),
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
