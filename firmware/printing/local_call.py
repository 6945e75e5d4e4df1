"""The local call: a program on this machine, such as a till, has a receipt's code printed.

    POST http://127.0.0.1:8138/slips
    Content-Type: application/json
    Idempotency-Key: till 3/0042

    {"reference": "0042"}

It answers when the code is on paper (201; 200 where it was already, under this key), or says why it is not: 503,
nothing was printed, try again with the same key; 504, nobody knows, and with this key nothing more is printed.
"""

import json

from microdot import Microdot, Response

from printing.receipts import Receipt

LONGEST = 100  # letters of a reference, and of a key
KEY = "The header Idempotency-Key names the receipt, so that none is printed twice: 1 to %d letters." % LONGEST
REFERENCE = "reference is the receipt's number at the till: at most %d letters, or null." % LONGEST
OTHER = "This key was used for a receipt with another reference."


class LocalCall:
    """Answers on loopback alone.

    print_receipt: coroutine; see `printing.Printing.receipt`.
    port: where; 0 takes a free one.
    """

    def __init__(self, print_receipt, port):
        self._print, self.port = print_receipt, port

    async def open(self):
        """Begin to answer; raises OSError where somebody else has the port."""
        app = Microdot()
        app.before_request(self._only_programs)
        app.post("/slips")(self._slips)
        await app.start_server("127.0.0.1", self.port, start_serving=False)
        self._server = app.server
        self.port = self._server.sockets[0].getsockname()[1]
        await self._server.start_serving()

    def close(self):
        """Answer no more."""
        self._server.close()

    async def _only_programs(self, request):
        # No page in a browser on this machine may print: neither one of another site nor under another name.
        own = ["%s:%d" % (host, self.port) for host in ("127.0.0.1", "localhost")]
        if "Origin" in request.headers or request.headers.get("Host") not in own:
            return _problem(403, "This is for programs on this machine, not for pages in a browser.")
        return None

    async def _slips(self, request):
        try:
            asked = request.json
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            return _problem(400, "The request is a JSON object, with Content-Type: application/json.")
        key, reference = request.headers.get("Idempotency-Key"), asked.get("reference")
        if not _is_fit(key) or not (reference is None or _is_fit(reference)):
            return _problem(400, REFERENCE if _is_fit(key) else KEY)
        outcome = await self._print(reference, key)
        if not isinstance(outcome, Receipt):
            return _problem(503, outcome)
        if outcome.reference != reference:
            return _problem(409, OTHER)
        if outcome.state == "done":
            answer = {"state": "done", "link": outcome.link, "day": outcome.day, "serial": outcome.serial}
            return answer, 200 if outcome.is_repeated else 201
        status = 504 if outcome.state == "unknown" else 503
        return _problem(status, outcome.text, state=outcome.state, condition=outcome.condition)


def _is_fit(text):
    return isinstance(text, str) and 0 < len(text) <= LONGEST and text.isprintable()


def _problem(status, sentence, **more):
    problem = json.dumps({"title": sentence, "status": status, **more})
    return Response(problem, status, {"Content-Type": "application/problem+json"})
