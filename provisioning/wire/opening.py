"""Why a port cannot be opened."""

import errno
import os

import serial

__all__ = ["TerminalFault", "why_closed"]

try:
    from termios import error as TerminalFault
except ImportError:  # Windows

    class TerminalFault(Exception):  # type: ignore[no-redef]
        """There are no terminals."""


def why_closed(path: str) -> str:
    """What is in the way, in a sentence for the technician."""
    try:
        serial.Serial(path, exclusive=True).close()
    except (OSError, TerminalFault) as problem:
        number = getattr(problem, "errno", None)
        if number in (errno.EACCES, errno.EPERM):
            return (
                f"You may not use {path}: it belongs to another user or group. On Linux: `sudo usermod -a -G dialout "
                f"{os.environ.get('USER') or '$USER'}`, sign out and in again, and run the same command."
            )
        if number in (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK) or "exclusively lock" in str(problem):
            return (
                f"{path} is in use by another program, perhaps a serial monitor or another `smilepost provision`. "
                "Close that, and run the same command again."
            )
        if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO):
            return f"There is no board at {path}. Plug it in with a cable that carries data, and run the same command."
        return f"{path} cannot be opened: {problem}. Plug the board in again, and try once more."
    return f"{path} could not be opened just now. Run the same command again."
