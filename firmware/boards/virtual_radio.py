"""The Wi-Fi of a virtual kiosk that has one: it joins at once, or says what is in the way."""

import asyncio

from kiosk.storage import read_json

LOOK = 0.5  # s: a radio takes its time


class Radio:
    """A radio that knows what is in reach.

    board: whose `wifi.json` says which network, and who is told of it.
    air: passwords by name, None for an open network.
    """

    def __init__(self, board, air):
        self._board, self._air = board, air
        self.word = "off"

    def signal(self):
        return -61 if self.word == "joined" else None

    def scan(self):
        names = sorted(self._air)
        return [[name, -50 - 7 * at, self._air[name] is not None] for at, name in enumerate(names)]

    async def join(self):
        while self.word != "joined":
            saved = read_json(self._board.storage, "wifi.json")
            if not saved:
                self.word = "not set"
                raise OSError("wifi.json cannot be read")
            await asyncio.sleep(LOOK)
            self.word = self._outcome(saved.get("name"), saved.get("password"))
            self._board.tell('Wi-Fi "%s": %s' % (saved.get("name"), self.word))

    def _outcome(self, name, password):
        if name not in self._air:
            return "not found"
        return "joined" if self._air[name] == password else "wrong password"
