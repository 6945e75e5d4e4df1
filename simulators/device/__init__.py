"""The virtual kiosk: the firmware on a simulated flash, in the MicroPython VM or on CPython.

Both take the image's path from KIOSK_FLASH and the world's address from KIOSK_WORLD;
`device_command` says how to start them.
"""

import importlib.util
import sys
from pathlib import Path

from simulators.device.compiled import compiled_firmware

_HERE = Path(__file__).parent

# The VM with a board's heap; a script and its arguments follow. (`-m micropython_unix` would lose the exit code.)
_VM = [sys.executable, "-c", "import sys, micropython_unix; sys.exit(micropython_unix.main())", "-X"]
VM = [*_VM, "heapsize=192k"]
# The same with room for what is no part of a kiosk: flash in memory, copies of it, a collector.
ROOMY_VM = [*_VM, "heapsize=512k"]


def device_command(interpreter: str | None = None) -> list[str]:
    """Return the command that switches a virtual kiosk on.

    interpreter: "micropython" or "cpython"; None takes the VM where there is one for this machine.
    """
    if interpreter is None:
        interpreter = "micropython" if importlib.util.find_spec("micropython_unix") else "cpython"
    if interpreter == "micropython":
        return [*VM, str(_HERE / "micropython_device.py"), str(compiled_firmware())]
    return [sys.executable, "-m", "simulators.device.cpython_device"]
