"""The kiosk's log: the last lines, kept in memory until somebody asks for them."""

try:
    from io import StringIO
    from sys import print_exception

    def traceback(fault):
        """Return what is known of an exception."""
        text = StringIO()
        print_exception(fault, text)  # pyright: ignore[reportArgumentType] - its stubs know another StringIO
        return text.getvalue()  # pyright: ignore[reportAttributeAccessIssue]

except ImportError:
    from kiosk.on_cpython import traceback


class Log:
    """The newest lines, each with the uptime in seconds.

    >>> log = Log(board, clock)
    >>> log("connection: OSError 113")
    >>> log.text(3500)
    '93 connection: OSError 113'

    board: shows each line to whoever looks on.
    size: bytes that are kept.
    """

    def __init__(self, board, clock, size=2048):
        self._board, self._clock, self._size = board, clock, size
        self._lines = []
        self._held = 0

    def __call__(self, line):
        self._board.log(line)
        line = "%d %s" % (self._clock.uptime() // 1000, line[:200])
        self._lines.append(line)
        self._held += len(line) + 1
        while self._held > self._size:
            self._held -= len(self._lines.pop(0)) + 1

    def text(self, most):
        """Return the newest lines, at most so many characters."""
        return "\n".join(self._lines)[-most:]


def described(fault):
    """Return an exception as one line: what it was, then where."""
    lines = [line.strip() for line in traceback(fault).strip().split("\n")]
    return " ".join(lines[-1:] + lines[-3:-1])
