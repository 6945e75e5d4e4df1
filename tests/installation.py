"""A whole installation, started as a user starts it: `smilepost up` with a data folder and ports of its own."""

import contextlib
import json
import os
import queue
import secrets
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psutil

from collector.settings import Settings
from tests.conftest import port_settings
from tests.waiting import until

KIOSKS = ("riverside-checkout", "riverside-exit")


class Installation:
    """A running installation.

    with Installation(folder) as installation:
        installation.sign_in_link
    """

    def __init__(self, data: Path, settings: Settings | None = None) -> None:
        self.settings = settings or Settings.load(environ={}, data=data, **port_settings())
        self.said: list[str] = []
        self.sign_in_link = ""
        self._token = ""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def start(self) -> None:
        """Start it and wait until it says that it runs."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "collector", "up"],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(self._process, lines))
        self._reader.start()
        while (line := lines.get(timeout=90)) is not None:
            if "/sign-in/link/" in line:
                self.sign_in_link = line.split()[-1]
            if line.startswith("Ctrl-C"):
                return
        raise AssertionError("smilepost up ended:\n" + "\n".join(self.said))

    def end(self) -> int:
        """End it as Ctrl-C does; returns its exit code and leaves no process behind."""
        assert self._process is not None
        children = self._children() if self._process.poll() is None else []
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(60)
        self._reader.join()
        _, alive = psutil.wait_procs(children, timeout=10)
        assert not alive, f"left behind: {alive}"
        return code

    def run(self, *arguments: str, check: bool = True) -> str:
        """Run `smilepost …` for this installation; returns what it prints on standard output.

        Parameters
        ----------
        check: it must end with 0.
        """
        command = [sys.executable, "-m", "collector", *arguments]
        return subprocess.run(
            command, env=self.environment(), check=check, stdout=subprocess.PIPE, text=True, timeout=60
        ).stdout

    def get(self, path: str) -> Any:
        """The JSON at an address below /api/v1/, read as a program reads it."""
        self._token = self._token or until(self._make_token, "a token")
        url = f"http://127.0.0.1:{self.settings.port}/api/v1/{path}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self._token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def _make_token(self) -> str:
        """None yet while the database is just starting."""
        with contextlib.suppress(subprocess.CalledProcessError):
            return self.run("token", "--scope", "read", "test").strip()
        return ""

    def write(self, path: str, body: dict[str, Any], method: str = "POST") -> dict[str, Any]:
        """Send JSON to an address below /api/v1/, as a program does; returns the answer."""
        token = self.run("token", "--scope", "write", "test").strip()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        headers["Idempotency-Key"] = secrets.token_hex(8)
        url = f"http://127.0.0.1:{self.settings.port}/api/v1/{path}"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return dict(json.load(answer))

    def ratings(self) -> Iterator[dict[str, Any]]:
        """All ratings, page by page, in the order of the feed."""
        after = ""
        while page := self.get(f"ratings?limit=500{after}"):
            if not page["items"]:
                return
            yield from page["items"]
            after = f"&after={page['next']}"

    def kill(self, part: str) -> bool:
        """`kill -9` the process whose command line contains `part`; whether there was one."""
        for process in self._children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if part in " ".join(process.cmdline()):
                    process.kill()
                    return True
        return False

    def kill_up(self) -> list[psutil.Process]:
        """`kill -9` the supervisor; returns the processes that it had."""
        assert self._process is not None
        children = self._children()
        self._process.kill()
        self._process.wait()
        self._reader.join()
        return children

    def _children(self) -> list[psutil.Process]:
        assert self._process is not None
        return psutil.Process(self._process.pid).children(recursive=True)

    def _read(self, process: subprocess.Popen[str], lines: "queue.Queue[str | None]") -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self.said.append(line.rstrip())
                lines.put(line.strip())
        lines.put(None)

    def environment(self) -> dict[str, str]:
        """The variables by which a process of this installation knows its settings."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SMILEPOST_")}
        return {**inherited, **self.settings.environment()}
