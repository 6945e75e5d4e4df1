"""`make audit`: what the advisory database says of the locked dependencies is what it ends with."""

import http.server
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import free_ports

SCRIPT = Path(__file__).parent.parent / "requirements" / "audit"
ADVISORY = {
    "id": "GHSA-0000-0000-0000",
    "summary": "It can be talked into anything.",
    "affected": [{"package": {"name": "flask", "ecosystem": "PyPI"}, "versions": [], "ranges": []}],
}


@contextmanager
def advisories(weak: str, status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """An advisory database that knows of one weak package; its address, and what it was asked about."""
    asked: list[str] = []

    class Database(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536  # an answer in one piece, and none waits for its acknowledgement

        def do_POST(self) -> None:
            name = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]["name"]
            asked.append(name)
            body = json.dumps({"vulns": [ADVISORY]} if name == weak else {}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Database)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/query", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def audit(address: str) -> tuple[int, str]:
    done = subprocess.run([SCRIPT, "--osv-url", address], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


def test_a_known_weakness_fails_and_is_named() -> None:
    with advisories("flask") as (address, asked):
        status, said = audit(address)
    assert status == 1
    assert "flask" in said
    assert ADVISORY["id"] in said
    assert {"flask", "sqlalchemy", "pytest", "cryptography"} <= set(asked)


def test_none_is_known() -> None:
    with advisories("no-such-package") as (address, _asked):
        assert audit(address) == (0, "None of the locked dependencies has a known weakness.\n")


def test_a_database_that_is_away_is_said_and_holds_nothing_up() -> None:
    status, said = audit(f"http://127.0.0.1:{free_ports(1)[0]}/query")
    assert (status, said.startswith("NOT AUDITED: ")) == (0, True)
    with advisories("flask", 503) as (address, _asked):
        status, said = audit(address)
    assert (status, said.startswith("NOT AUDITED: ")) == (0, True)
    with advisories("flask", 400) as (address, _asked):  # that it was asked wrongly is a mistake of ours
        assert audit(address)[0] == 1
