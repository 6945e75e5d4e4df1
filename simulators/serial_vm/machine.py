"""`machine` of a board at a serial port; runs in the VM only. Without WDT and Timer: its world is its watchdog."""

from os import getenv

from simulators.serial_vm.chip import RESET, tell


def reset() -> None:
    """Start again as after a power cut."""
    tell(RESET)


def unique_id() -> bytes:
    """Return the number of the chip."""
    return str(getenv("KIOSK_CHIP_ID")).encode()
