"""How a printer is, as it says itself (pure)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Condition:
    """How a printer is: a word for tables, and a sentence that says what is and what to do."""

    state: str
    sentence: str
    ready: bool = False


READY = Condition("ready", "The printer is ready.", ready=True)
PAPER_LOW = Condition("paper_low", "The printer's paper will soon be at its end: have a new roll at hand.", ready=True)
#: Of a kind that never answers. What it has taken is believed to be printed.
MUTE = Condition("mute", "This kind of printer never says how it is: look at it now and then.", ready=True)
PAPER_OUT = Condition("paper_out", "The printer is out of paper: put in a new roll.")
COVER_OPEN = Condition("cover_open", "The printer's cover is open: close it.")
CUTTER_STUCK = Condition("cutter_stuck", "The printer's blade is stuck: open the cover and free it.")
OFFLINE = Condition("offline", "The printer is switched to offline: see what its panel says.")
BROKEN = Condition("broken", "The printer reports a fault: switch it off and on again, and see what its panel says.")
UNREACHABLE = Condition("unreachable", "The printer cannot be reached: is it switched on, and is its cable plugged in?")
SILENT = Condition("silent", "The printer does not say how it is: is its cover closed, and is nobody else printing?")

#: By their word.
CONDITIONS = {
    each.state: each
    for each in (
        *(READY, PAPER_LOW, MUTE, PAPER_OUT, COVER_OPEN, CUTTER_STUCK, OFFLINE, BROKEN),
        *(UNREACHABLE, SILENT),
    )
}
#: What is said of a slip that a printer has taken that never answers.
NO_PROOF = "Sent. This kind of printer never says whether it has printed."


def condition_of(printer: int, offline: int, fault: int, paper: int) -> Condition:
    """What the four answers to `DLE EOT` mean, the most particular first."""
    for bits, mask, condition in (
        (offline, 0x04, COVER_OPEN),
        (paper, 0x60, PAPER_OUT),
        (offline, 0x20, PAPER_OUT),
        (fault, 0x08, CUTTER_STUCK),
        (fault, 0x60, BROKEN),
        (offline, 0x40, BROKEN),
        (printer, 0x08, OFFLINE),
        (paper, 0x0C, PAPER_LOW),
    ):
        if bits & mask:
            return condition
    return READY


def condition_of_report(report: bytes) -> Condition:
    """What the four bytes mean that an ESC/POS printer sends by itself after `GS a`, the most particular first."""
    printer, fault, paper, _ = report
    for bits, mask, condition in (
        (printer, 0x20, COVER_OPEN),
        (paper, 0x0C, PAPER_OUT),
        (fault, 0x08, CUTTER_STUCK),
        (fault, 0x60, BROKEN),
        (printer, 0x08, OFFLINE),
        (paper, 0x03, PAPER_LOW),
    ):
        if bits & mask:
            return condition
    return READY
