"""Start the MicroPython VM with a terminal as its serial port; runs on CPython, in a session of its own.

The arguments are the terminal's path, then those of the VM.
"""

import os
import signal
import sys
import termios
import tty

import micropython_unix  # type: ignore[import-untyped]

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a board that is starting does not hear it
    terminal = os.open(sys.argv.pop(1), os.O_RDWR)  # becomes the one whose Ctrl-C interrupts
    tty.setraw(terminal)
    # As on a board: whatever runs, Ctrl-C gets through, and every other byte is just a byte.
    modes = termios.tcgetattr(terminal)
    modes[3] |= termios.ISIG
    for key in (termios.VQUIT, termios.VSUSP):
        modes[6][key] = b"\0"
    termios.tcsetattr(terminal, termios.TCSANOW, modes)
    for standard in range(3):
        os.dup2(terminal, standard)
    sys.exit(micropython_unix.main())
