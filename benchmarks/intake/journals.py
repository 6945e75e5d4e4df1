"""What the kiosks have to say: the same for every alternative, made anew for each measurement so that its times fit."""

import json
import random
from collections.abc import Sequence

from collector.topics import topic_of

#: A fleet, and those who press while it comes back.
KIOSKS, LIVE = 2000, 20
#: All kiosks have been up for an hour; this is their first journal.
_UPTIME, _BOOT, _EPOCH = 3_600_000, 1, 834_172_213


def name_of(number: int) -> str:
    return f"bench-{number:05}"


def epoch_of(number: int) -> int:
    return _EPOCH + number


class Journal:
    """The unconfirmed records of one kiosk, as frames.

    Parameters
    ----------
    number: of the kiosk.
    began: when the measurement was prepared, s since 1970; the kiosk had been up for an hour then.
    """

    def __init__(self, number: int, began: float) -> None:
        self.kiosk, self.epoch = name_of(number), epoch_of(number)
        self.seq = 0
        self._began = began
        self._buttons = random.Random(number)  # noqa: S311 - what shoppers press is no secret

    def frame(self, ages: Sequence[float], at: float = 0) -> tuple[bytes, int]:
        """A frame with further presses; returns it and its last seq.

        Parameters
        ----------
        ages: of the presses, s before the frame.
        at: when the frame is made, s after `began`.
        """
        uptime = _UPTIME + int(at * 1000)
        utc = int((self._began + at) * 1000)
        first = self.seq + 1
        self.seq += len(ages)
        press = self._buttons.choice
        records = ",".join([f"[1,{press((1, 2, 3, 4))},0,1,{uptime - int(age * 1000)},1,1]" for age in ages])
        head = (
            f'{{"v":1,"epoch":{self.epoch},"held":{first},"first":{first},"boot":{_BOOT},"uptime":{uptime},"utc":{utc}'
        )
        return f'{head},"records":[{records}]}}'.encode(), self.seq

    def status(self, state: str) -> bytes:
        """What the kiosk says of itself when it comes online, or its last will."""
        body = {"v": 1, "boot": _BOOT, "connection": 1, "state": state, "epoch": self.epoch, "seq": self.seq}
        body |= {"confirmed": 0, "settings": 1}
        if state == "online":
            body["health"] = {
                **{"firmware": "0.1.0", "board": "pico_w", "uptime": _UPTIME, "reset": 2, "clock_error": 12},
                **{"depth": self.seq, "oldest": 5101, "totals": [120, 33, 18, 9], "free": 88320, "signal": -61},
            }
        return json.dumps(body, separators=(",", ":")).encode()

    def topic(self, name: str) -> bytes:
        return topic_of(self.kiosk, name).encode()


def steady(journal: Journal, ratings: int, frame: int) -> list[tuple[bytes, int]]:
    """Frames of `frame` ratings each, made one after the other."""
    ages = [(frame - 1 - index) / 1000 for index in range(frame)]
    return [journal.frame(ages, at=number * frame / 1000) for number in range(ratings // frame)]


def backlog(journal: Journal, ratings: int) -> list[tuple[bytes, int]]:
    """An hour's presses that could not be sent, in frames of a hundred records (which is below 4 KiB)."""
    every = 3000 / ratings
    frames = []
    for done in range(0, ratings, 100):
        count = min(100, ratings - done)
        frames.append(journal.frame([every * (ratings - done - index) for index in range(count)], at=0))
    return frames
