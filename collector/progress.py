"""One line a step, with a tick and its time; on a terminal a bar for as long as it runs."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

WIDTH = 24
#: A bar is drawn so often, s.
EVERY = 0.1


@contextlib.contextmanager
def step(name: str, of: int = 0) -> Iterator[Callable[[int], None]]:
    """A step of the work.

    with step("tables", of=1_000_000) as advance:
        advance(5_000)

    Parameters
    ----------
    of: how much there is to do; it may be an estimate. 0: no bar.
    """
    begun, drawn, done = time.monotonic(), 0.0, 0

    def advance(more: int) -> None:
        nonlocal done, drawn
        done += more
        if sys.stdout.isatty() and of and time.monotonic() - drawn > EVERY:
            drawn = time.monotonic()
            part = min(done / of, 0.99)
            bar = "█" * round(part * WIDTH)
            print(f"\r  … {name:<12} {bar:░<{WIDTH}} {part:3.0%}", end="", flush=True)

    try:
        yield advance
    except BaseException:
        if drawn:
            print()
        raise
    rows = f"   {done:,} rows" if of else ""
    # A bar is longer than the line that takes its place.
    line = f"  ✓ {name:<12} {time.monotonic() - begun:5.1f} s{rows}"
    print(f"\r{line:<{WIDTH + 24}}" if drawn else line, flush=True)
