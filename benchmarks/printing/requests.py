"""From a POS's HTTP request to the first byte of its slip at the printer, one after the other."""

import http.client
import json
import time
from collections.abc import Iterator, Sequence

from benchmarks.intake.report import percentile
from benchmarks.printing.installation import Installation
from benchmarks.printing.quick_printer import QuickPrinter
from collector.accounts.tokens import make_token

#: Requests that are not counted, so that everything is loaded; how long the next customer is behind the one before, s.
_WARM, _BETWEEN = 20, 0.02
HEAD = ("p50, ms", "p95, ms", "p99, ms")


def measure(there: Installation, times: int) -> Iterator[Sequence[str]]:
    with there.program("print"), there.web():
        took = _times(there, _WARM + times)[_WARM:]
    yield [f"{1000 * percentile(took, n):.1f}" for n in (50, 95, 99)]


def _times(there: Installation, times: int) -> list[float]:
    quick = QuickPrinter()
    printer_id = there.add_printer("Counter", quick.address)
    with there.engine.begin() as connection:
        token = make_token(connection, "a POS", ("write",), there.store_id)
    took = []
    for number in range(times):
        quick.came.clear()
        body = json.dumps({"store": there.store_id, "printer": printer_id, "reference": f"{number:04}"})
        began = time.perf_counter()
        _post(there.settings.port, body, token, f"{number}")
        assert quick.came.wait(30)  # noqa: S101
        took.append(quick.began - began)
        time.sleep(_BETWEEN)
    return took


def _post(port: int, body: str, token: str, key: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": key}
    pos = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    pos.request("POST", "/api/v1/slips", body, headers)
    answer = pos.getresponse()
    assert answer.status == http.HTTPStatus.CREATED, answer.read()  # noqa: S101
    answer.read()
    pos.close()
