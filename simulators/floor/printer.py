"""The shop floor's printer: what can go wrong with it, in words, and what its lights say."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from simulators.virtual_printer import Faults, VirtualPrinter

#: What is in a fault's field while it is well.
WELL = asdict(Faults())


@dataclass(frozen=True)
class Trouble:
    """A button: makes something go wrong, and well again."""

    name: str
    #: The fault, and its value when it is there.
    fault: str
    do: str
    undo: str
    #: What is so then, for whoever pressed.
    done: str
    value: bool | int = True


@dataclass(frozen=True)
class Group:
    """Buttons that belong together."""

    title: str
    troubles: tuple[Trouble, ...] = field(default_factory=tuple)


GROUPS = (
    Group(
        "Paper and blade",
        (
            Trouble("low", "paper_low", "Let the roll run low", "Put a full roll in", "The roll is almost used up."),
            Trouble("paper", "paper_out", "Take the paper out", "Put paper in", "The paper is out."),
            Trouble(
                "ends",
                "paper_ends_after",
                "End the paper within a slip",
                "Leave the paper as it is",
                "The paper will end in the middle of the next slip.",
                300,
            ),
            Trouble("cover", "cover_open", "Open the cover", "Close the cover", "The cover is open."),
            Trouble("blade", "cutter_stuck", "Jam the blade", "Free the blade", "The blade is stuck."),
            Trouble("jam", "cutter_jams", "Jam it at a cut", "Let it cut", "The blade will get stuck at the next cut."),
        ),
    ),
    Group(
        "Power",
        (
            Trouble("plug", "off", "Pull the plug", "Plug in", "The printer has no power."),
            Trouble(
                "reset",
                "reset_after",
                "Lose power within a slip",
                "Keep the power",
                "The power will go for a moment in the middle of the next slip.",
                500,
            ),
            Trouble(
                "offline", "offline", "Switch to offline", "Switch to online", "The printer is switched to offline."
            ),
        ),
    ),
    Group(
        "What it says",
        (
            Trouble("mute", "mute", "Make it silent", "Let it speak", "It prints, and says nothing."),
            Trouble("proof", "lose_proof", "Lose its proof", "Bring its proof", "It prints, and its proof is lost."),
            Trouble(
                "clone",
                "no_process_id",
                "Make it a clone",
                "Make it an original",
                "It is a clone now: it knows no proof of printing.",
            ),
            Trouble(
                "others",
                "refuses_others",
                "Turn others away",
                "Let others wait",
                "It serves one connection and turns others away.",
            ),
        ),
    ),
    Group(
        "Pace",
        (
            Trouble("slow", "bytes_a_second", "Make it slow", "Make it quick", "It prints 500 bytes a second.", 500),
            Trouble("memory", "buffer", "Shrink its memory", "Widen its memory", "It holds 256 bytes.", 256),
        ),
    ),
)
TROUBLES: Mapping[str, Trouble] = {each.name: each for group in GROUPS for each in group.troubles}


def toggle(printer: VirtualPrinter, trouble: Trouble) -> str:
    """Press a button; returns what is so now."""
    if has(printer, trouble):
        printer.set(**{trouble.fault: WELL[trouble.fault]})
        return "That is well again."
    printer.set(**{trouble.fault: trouble.value})
    return trouble.done


def has(printer: VirtualPrinter, trouble: Trouble) -> bool:
    """Whether something is wrong in this way now."""
    return bool(getattr(printer.faults, trouble.fault) != WELL[trouble.fault])


def state(printer: VirtualPrinter) -> dict[str, Any]:
    """What the page shows: which buttons are pressed, each light with its word, and how often the till was opened."""
    faults = printer.faults
    waits = {
        "off": faults.off,
        "cover open": faults.cover_open,
        "blade stuck": faults.cutter_stuck,
        "waits for paper": faults.paper_out,
        "offline": faults.offline,
    }
    paper = "out" if faults.paper_out else "almost used up" if faults.paper_low else "in"
    return {
        "troubles": {name: has(printer, trouble) for name, trouble in TROUBLES.items()},
        "lights": {
            "power": [not faults.off, "off" if faults.off else "on"],
            "roll": [not faults.off and (faults.paper_out or faults.paper_low), paper],
            "fault": [not faults.off and faults.stops, next((word for word, so in waits.items() if so), "none")],
        },
        "drawer": printer.drawer,
    }
