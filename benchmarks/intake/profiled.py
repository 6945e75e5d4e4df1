"""`smilepost …` with a look at where its processor time goes: `python -m benchmarks.intake.profiled ingest`.

A thread looks every few milliseconds where the others are, and adds the processor time that each has used since the
last look to the place where it is now. At the end the busiest places are printed, thread by thread.
"""

import collections
import sys
import threading
import time
from types import FrameType

from collector.cli import main

#: Between two looks, s; and how many places are shown.
_EVERY, _SHOWN = 0.003, 20
#: How soon the interpreter lets the looker look, s: the default would show mostly places that wait.
_SWITCH = 0.0003

_itself: dict[str, dict[str, float]] = collections.defaultdict(lambda: collections.defaultdict(float))
_with_calls: dict[str, dict[str, float]] = collections.defaultdict(lambda: collections.defaultdict(float))


def _look_on() -> None:
    used: dict[int, float] = {}
    while True:
        time.sleep(_EVERY)
        frames = sys._current_frames()
        for thread in threading.enumerate():
            frame = frames.get(thread.ident or 0)
            if frame is None or thread is threading.current_thread():
                continue
            try:
                now = time.clock_gettime(time.pthread_getcpuclockid(thread.ident or 0))
            except OSError:  # it has just ended
                continue
            spent, used[thread.ident or 0] = now - used.get(thread.ident or 0, now), now
            if spent > 0:
                _note(thread.name, frame, spent)


def _note(name: str, frame: FrameType, spent: float) -> None:
    _itself[name][_place(frame)] += spent
    places = set()
    below: FrameType | None = frame
    while below is not None:
        places.add(_place(below))
        below = below.f_back
    places = {place for place in places if "<frozen" not in place and "/threading.py" not in place}
    for place in places:
        _with_calls[name][place] += spent


def _place(frame: FrameType) -> str:
    file = "/".join(frame.f_code.co_filename.split("/")[-2:])
    return f"{file}:{frame.f_code.co_qualname}"


def _report() -> None:
    for name, places in sorted(_itself.items(), key=lambda item: -sum(item[1].values())):
        total = sum(places.values())
        print(f"\n{name}: {total:.2f} s of processor time")
        for title, counts in (("itself", places), ("with what it calls", _with_calls[name])):
            print(f"  {title}")
            for place, spent in sorted(counts.items(), key=lambda item: -item[1])[:_SHOWN]:
                print(f"  {100 * spent / total:5.1f} %  {place}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.setswitchinterval(_SWITCH)
    threading.Thread(target=_look_on, daemon=True).start()
    try:
        main()
    finally:
        _report()
