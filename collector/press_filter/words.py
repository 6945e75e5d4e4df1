"""How the filter and its runs are said."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from collector.console.words import mark_word
from collector.press_filter.asking import Run
from collector.press_filter.tally import Preview, reasons
from collector.sentences.words import translated
from collector.words import number


def run_state(run: Run) -> str:
    words = {
        "previewing": _("being looked through"),
        "ready": _("looked through: nothing is changed yet"),
        "running": _("being marked"),
        "done": _("done"),
        "stopped": _("stopped"),
    }
    return str(words[run.state])


def run_why(run: Run) -> str:
    """Why it stopped by itself."""
    return translated(run.why)


def run_heard(preview: Preview) -> str:
    """In one line: raw 530, counted 412: 96 repeats, 22 closed."""
    counted = _("raw %(raw)s, counted %(counted)s", raw=number(preview.raw), counted=number(preview.counted_after))
    why = [
        _("%(count)s × %(reason)s", count=number(count), reason=mark_word(mark))
        for mark, count in reasons(preview.after)
    ]
    return _("%(counted)s: %(reasons)s", counted=counted, reasons=", ".join(why)) if why else str(counted)


def run_changed(count: int) -> str:
    return str(
        ngettext(
            "%(count)s rating gets another mark.", "%(count)s ratings get another mark.", count, count=number(count)
        )
    )


FILTERS: tuple[Callable[..., Any], ...] = (run_state, run_why, run_heard, run_changed)
