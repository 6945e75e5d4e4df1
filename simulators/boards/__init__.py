"""A bench for the boards' own files: MicroPython's hardware modules, simulated as far as a kiosk uses them.

`power_up` puts them where the firmware will import them from. Runs in the MicroPython VM only: there an interrupt that
allocates is found out.

>>> bench = power_up("rp2")
>>> board = Board()
>>> bench.pins[2].drive(0)  # a finger on the first button
"""

import sys

from simulators.boards import esp32, machine, micropython, network
from simulators.wlan import Air


def power_up(family: str, networks: dict[str, str]) -> machine.Bench:
    """Return a bench with a board that power has just been switched on for.

    family: "rp2" or "esp32".
    networks: names and passwords of the Wi-Fi in reach.
    """
    sys.modules.update({"machine": machine, "network": network, "esp32": esp32, "micropython": micropython})
    machine.bench = machine.Bench(family, Air(networks))
    return machine.bench
