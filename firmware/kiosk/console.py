"""The console on USB: a line of JSON asks, a line of JSON answers, and some come unasked (protocol, section 11).

    {"id": 7, "do": "hello"}
    {"id": 7, "done": true, "text": "This is exit-1.", "kiosk": "exit-1", …}

What it can do is in `kiosk.technician`, which is loaded when a line has come, and then forgotten again.
"""

import asyncio
import json
import sys

from kiosk import collect, forget

LONGEST = 8192  # bytes of a line
ATTENDED = 300_000  # ms after a line in which somebody is there: a kiosk on batteries stays awake
_GONE = 0.2  # s until what was said has left the board

if hasattr(asyncio.StreamWriter, "transport"):
    from kiosk.on_cpython import say, typed
else:  # MicroPython
    import select

    _AT_ONCE = 256

    async def typed():
        """Return bytes that have come over the cable; b"" where no more will come."""
        source = sys.stdin.buffer  # pyright: ignore[reportAttributeAccessIssue]
        try:
            data = await asyncio.StreamReader(source).read(1)
            # By single bytes: to ask for more would wait for all of them, and the buttons with it.
            ready = select.poll()
            ready.register(source, select.POLLIN)
            while data and len(data) < _AT_ONCE and ready.poll(0):
                more = source.read(1)
                if not more:
                    break
                data += more
            return data
        except OSError:
            return b""  # nothing is plugged in where this is a program on a computer

    def say(line):
        """Send a line over the cable."""
        print(line)


class Console:
    """Answer whoever sits at the other end of the cable.

    parts: by name, what the deeds work with. Of a kiosk that waits for its identity some are missing.
    when_asked: called without arguments when a line has come.
    """

    def __init__(self, **parts):
        self.parts = parts
        self.when_asked = lambda: None
        self._line, self._skips = bytearray(), False

    def tell(self, event, **what):
        """Say what has happened without having been asked."""
        say(json.dumps(dict(what, event=event)))

    async def run(self, source=typed):
        """Listen until the cable is gone; on a board that is for ever.

        source: coroutine that returns bytes, b"" at their end.
        """
        while True:
            data = await source()
            if not data:
                return
            end = data.find(b"\n")
            while end >= 0:
                await self._hear(data[:end], True)
                data = data[end + 1 :]
                end = data.find(b"\n")
            await self._hear(data, False)

    async def _hear(self, data, is_end):
        try:
            self._take(data)
            if is_end:
                await self._answer()
        except MemoryError:
            self._line = bytearray()
            _refuse("There is no memory for it.")

    def _take(self, data):
        if len(self._line) + len(data) > LONGEST:
            self._line, self._skips = bytearray(), True
        elif not self._skips:
            self._line.extend(data)

    async def _answer(self):
        line, skipped = bytes(self._line), self._skips
        self._line, self._skips = bytearray(), False
        if skipped:
            _refuse("A line has at most %d bytes." % LONGEST)
        if skipped or line[:1] != b"{":
            return  # noise, or an echo of the log
        self.when_asked()
        collect()  # what lives long is not to lie between what does not
        from kiosk.technician import answered

        try:
            answer, afterwards = await answered(line, self.parts)
        finally:
            forget("technician")
        if answer:
            say(json.dumps(answer))
        if afterwards:
            await asyncio.sleep(_GONE)
            afterwards()


def _refuse(text):
    say(json.dumps({"id": None, "done": False, "text": text}))
