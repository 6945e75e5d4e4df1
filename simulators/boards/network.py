"""`network`, simulated: the radio is that of the bench's chip, see `simulators.wlan`."""

from simulators import wlan
from simulators.boards import machine
from simulators.wlan import must


def hostname(name: str) -> None:
    must(machine.bench.wlan is None, "too late: the radio is on")
    machine.bench.hostname = name


def country(code: str) -> None:
    must(machine.bench.wlan is None, "too late: the radio is on")
    machine.bench.country = code


class _WLAN:
    IF_STA = 0

    def __call__(self, interface: int) -> wlan.Radio:
        must(interface == self.IF_STA, "no access point")
        bench = machine.bench
        bench.wlan = wlan.CYW43(bench.air) if bench.family == "rp2" else wlan.ESP32(bench.air)
        return bench.wlan


WLAN = _WLAN()
