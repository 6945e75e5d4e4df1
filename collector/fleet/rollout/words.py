"""How roll-outs are said."""

from collections.abc import Callable

from flask_babel import gettext as _
from flask_babel import ngettext

from collector.fleet.rollout.queries import Rollout
from collector.fleet.rollout.steps import State

#: What a person wants to see first of a stage.
WORST_FIRST = (
    State.FAILED,
    State.SILENT,
    State.TRIAL,
    State.TAKING,
    State.OFFERED,
    State.BACK,
    State.DONE,
    State.WAITING,
)


def rollout_state(rollout: Rollout) -> str:
    """How a roll-out is, in two words or three."""
    words: dict[str, str] = {
        "running": _("under way"),
        "halted": _("halted"),
        "done": _("done"),
        "ended": _("ended"),
        "back": _("taken back"),
    }
    return words[rollout.state]


def stage_title(stage: int) -> str:
    return [str(_("One kiosk")), str(_("Some kiosks")), str(_("All others"))][stage]


def step_word(state: str) -> str:
    """Where a kiosk is in a roll-out."""
    words: dict[str, str] = {
        State.WAITING: _("waiting"),
        State.OFFERED: _("offered"),
        State.TAKING: _("taking it"),
        State.TRIAL: _("on trial"),
        State.DONE: _("done"),
        State.FAILED: _("failed"),
        State.SILENT: _("silent"),
        State.BACK: _("back"),
    }
    return words[state]


def step_counts(counts: dict[State, int]) -> str:
    """How many kiosks are where, the worst first."""
    parts = [f"{counts[state]} {step_word(state)}" for state in WORST_FIRST if counts.get(state)]
    return " · ".join(parts)


def deed_word(do: str) -> str:
    words: dict[str, str] = {
        "go-on": _("Go on"),
        "end": _("End it"),
        "back": _("Back to the release before"),
    }
    return words[do]


def deed_means(do: str, rollout: Rollout) -> str:
    """What will happen, before it does."""
    counts, number = rollout.counts, rollout.number
    runs = counts[State.DONE] + counts[State.TRIAL]
    if do == "go-on":
        forgiven = ngettext(
            "The kiosk that failed or fell silent does not count any more.",
            "The %(num)s kiosks that failed or fell silent do not count any more.",
            counts[State.FAILED] + counts[State.SILENT],
        )
        onward = ngettext(
            "Release %(number)s goes on to the kiosk that waits; if more go wrong, it halts again.",
            "Release %(number)s goes on to the %(num)s kiosks that wait, stage by stage; if more go wrong, it halts "
            "again.",
            counts[State.WAITING],
            number=number,
        )
        return f"{forgiven} {onward}"
    nobody = _("Nobody else is offered release %(number)s.", number=number)
    if not runs:
        return f"{nobody} {_('No kiosk runs it.')}"
    if do == "end":
        keeps = ngettext("The kiosk that runs it keeps it.", "The %(num)s kiosks that run it keep it.", runs)
        return f"{nobody} {keeps}"
    back = ngettext(
        "The kiosk that runs it is told to run again what it ran before. It restarts when nobody has pressed for a "
        "minute; no rating is lost.",
        "The %(num)s kiosks that run it are told to run again what they ran before. Each restarts when nobody has "
        "pressed for a minute; no rating is lost.",
        runs,
    )
    never = _("None of them takes release %(number)s again: a mended one needs a higher number.", number=number)
    return f"{nobody} {back} {never}"


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (
    rollout_state,
    stage_title,
    step_word,
    step_counts,
    deed_word,
    deed_means,
)
