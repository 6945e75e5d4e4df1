"""The touch front of a Raspberry Pi: one page, served by the kiosk to the browser on its own screen.

The page decides nothing. Over one WebSocket it is told what to show, and tells what was touched:

    → {"page": "5f1c…", "number": 7, "picture": {"kind": "rest", …}}
    → {"tones": [[1760, 0.08]], "level": 50}
    ← {"number": 7, "touched": 4}    a face, from 1
    ← {"number": 7, "chosen": 2}     a reason, from 1; 0: none of them, or done with the code

`number` grows with each picture: what was touched on one that is gone is dropped, so nobody's finger answers for the
shopper before. `page` changes when the page itself does, after an update; the browser then loads it anew.

CPython only.
"""

import asyncio
import hashlib
import json
import os

from microdot import Microdot, Response
from microdot.websocket import with_websocket

FOLDER = os.path.dirname(__file__) + "/page/"
TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
FILES = "index.html", "touch.css", "touch.js", "faces.js", "words.js"
FACES = 2, 3, 4, 5  # for so many buttons the page has faces
POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


class Touch:
    """What a shopper sees and touches.

    >>> touch = Touch(board, 8137)
    >>> await touch.open()
    >>> touch.show({"kind": "rest", "text": [["en", "How was your visit today?"]], "did": []})

    board: whose `when_touched` and `when_chosen` are called with the number of a face or a reason, and who is told when
        a browser comes and goes; see `boards`.
    port: where the page is served, on loopback alone; 0 takes a free one.
    """

    def __init__(self, board, port):
        self._board, self._port = board, port
        self._number, self.picture = 0, {"kind": "closed"}
        self._pages = set()
        self._files = {}
        for name in FILES:
            with open(FOLDER + name, "rb") as file:
                self._files[name] = file.read()
        self._digest = hashlib.sha256(b"".join(self._files.values())).hexdigest()[:16]

    @property
    def address(self):
        """What the browser has to open."""
        return "http://127.0.0.1:%d/" % self._port

    async def open(self):
        """Begin to serve the page."""
        app = Microdot()
        app.before_request(self._only_our_own)
        app.get("/front")(with_websocket(self._front))
        app.get("/")(self._file)
        app.get("/<name>")(self._file)
        await app.start_server("127.0.0.1", self._port, start_serving=False)
        self._server = app.server
        self._port = self._server.sockets[0].getsockname()[1]
        await self._server.start_serving()

    def close(self):
        """Let nobody in any more."""
        self._server.close()

    def show(self, picture):
        """Show a picture; see `boards` for the kinds."""
        self._number, self.picture = self._number + 1, picture
        for page in self._pages:
            page.put("picture", self._shown())

    def sound(self, tones, level):
        """Let the page sound: [(Hz, seconds), …], level 1 … 100."""
        for page in self._pages:
            page.put("sound", {"tones": tones, "level": level})

    def _shown(self):
        return {"page": self._digest, "number": self._number, "picture": self.picture}

    async def _only_our_own(self, request):
        # Whatever else runs in a browser on this machine must not press for a shopper: neither under another name for
        # loopback nor from a page of another site.
        own = self.address[:-1]
        strange = request.headers.get("Origin", own) != own
        return Response("", 403) if strange or "http://" + request.headers.get("Host", "") != own else None

    async def _file(self, _request, name="index.html"):
        if name not in FILES:
            return Response("", 404)
        content = TYPES[name.split(".")[1]] + "; charset=utf-8"
        headers = {"Content-Type": content, "Cache-Control": "no-store", "Content-Security-Policy": POLICY}
        return Response(self._files[name], 200, headers)

    async def _front(self, _request, socket):
        page = Page()
        self._pages.add(page)
        page.put("picture", self._shown())
        telling = asyncio.create_task(page.tell(socket))
        self._board.tell("the touch screen is there")
        try:
            while True:
                self._hear(json.loads(await socket.receive()))
        finally:
            telling.cancel()
            self._pages.remove(page)
            self._board.tell("the touch screen is gone")

    def _hear(self, message):
        kind = self.picture["kind"]
        if message["number"] != self._number:
            return
        if "touched" in message and kind == "rest":
            self._board.when_touched(message["touched"])
        elif "chosen" in message and kind in ("reasons", "qr"):
            self._board.when_chosen(message["chosen"])


class Page:
    """What one browser has not been told yet: of each kind the newest, so a slow one never holds anything up."""

    def __init__(self):
        self._news = {}
        self._there_is = asyncio.Event()

    def put(self, kind, message):
        """Have something told as soon as the browser listens."""
        self._news[kind] = message
        self._there_is.set()

    async def tell(self, socket):
        """Tell it, for as long as the browser is there."""
        while True:
            await self._there_is.wait()
            self._there_is.clear()
            news, self._news = self._news, {}
            for message in news.values():
                try:
                    await socket.send(json.dumps(message))
                except OSError:
                    return  # `receive` notices, too
