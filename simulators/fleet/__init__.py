"""A fleet of kiosks: thousands that speak the whole protocol in one process, and real firmware in VMs beside them.

    planned = plan(480, seed=1, troubles={Behaviour.WORN: 3})
    credentials = enrol_all(connection, settings, planned)
    fleet = Fleet(settings, planned, credentials, speed=60)
    await fleet.start()              # or, from a program without a loop: with at_work(fleet): …
    fleet.kiosks["sim-0001-1"].release, .update, .lit, .behaviour
    await fleet.stop()

plan       who belongs to the fleet, and what is wrong with which
days       what happens at a kiosk on one day
enrolment  the collector gets to know all of them, in one transaction
files      a flash in memory
kiosk      one kiosk: the firmware's own parts in a simulated world
boot       one life of it, from power on to its end
faster     the firmware's waiting, made shorter
line       its line to the broker, which can be cut
firmware   the firmware's parts
fleet      all of them, and their days
compared   what was lit against what is in the table
command    `smilepost simulate fleet`
"""

from simulators.fleet.enrolment import enrol_all
from simulators.fleet.fleet import Fleet, at_work
from simulators.fleet.kiosk import Kiosk
from simulators.fleet.plan import Behaviour, Planned, plan

__all__ = ["Behaviour", "Fleet", "Kiosk", "Planned", "at_work", "enrol_all", "plan"]
