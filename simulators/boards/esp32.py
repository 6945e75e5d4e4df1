"""`esp32`, simulated: which pins wake it."""

from simulators.boards import machine
from simulators.wlan import must

WAKEUP_ALL_LOW = False
RTC_PINS = range(22)  # of an ESP32-S3


def wake_on_ext1(pins: "list[machine.Pin]", level: bool) -> None:
    must(level == WAKEUP_ALL_LOW, "buttons pull down")
    must({pin.number for pin in pins} <= set(RTC_PINS), "invalid pin")
    machine.bench.wakes_on = [pin.number for pin in pins]
