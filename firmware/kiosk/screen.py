"""A small screen, apart from the glass: the newest picture is drawn and shown, in pieces between which others work."""

import asyncio

from kiosk.font import Font
from kiosk.page import Page

RENEW_SECONDS = 30  # without a new picture: a shopper who stands there is not dazzled by e-paper that flickers


class Screen:
    """Show pictures on a display of `boards.displays`.

    A press never waits for it: `show` only notes the picture, and one that was not finished is given up for a newer.

    >>> screen = Screen(display)
    >>> screen.show({"kind": "thanks", "button": 2, "text": [["en", "Thank you!"]]})

    display: the glass; see `boards.displays`.
    log: called with a line when it fails. It is tried again with the next picture.
    """

    def __init__(self, display, log=print, font=None, renew_seconds=RENEW_SECONDS):
        self._display, self._log, self._renew_seconds = display, log, renew_seconds
        self._page = Page(display.canvas, display.width, display.height, font or Font())
        self._picture = None
        self._wanted = asyncio.Event()
        self.busy = False  # whether a picture is not on the glass yet

    def show(self, picture):
        """Take the picture to show from now on."""
        self._picture = picture
        self.busy = True
        self._wanted.set()

    async def run(self):
        """Bring each picture to the glass; for ever."""
        while True:
            await self._next()
            self._wanted.clear()
            try:
                await self._bring(self._picture)
            except Exception as fault:
                self._log("The screen does not answer: %s." % fault)
            self.busy = self._wanted.is_set()

    async def _next(self):
        """Wait for another picture; while nobody wants one, take away what earlier ones left on the glass."""
        if self._display.worn and self._picture and self._picture["kind"] == "rest":
            try:
                return await asyncio.wait_for(self._wanted.wait(), self._renew_seconds)
            except asyncio.TimeoutError:
                await self._renew()
        return await self._wanted.wait()

    async def _renew(self):
        try:
            await self._display.show(True)
        except Exception as fault:
            self._log("The screen does not answer: %s." % fault)

    async def _bring(self, picture):
        if picture["kind"] == "closed":
            await self._display.close()
            return
        for _ in self._page.draw(picture):
            await asyncio.sleep(0)
            if self._wanted.is_set():
                return
        await self._display.show()
