"""The form in which somebody says when a place's customers are written to, and for what."""

import re

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from collector.cases.settings.typed import Typed, Values
from collector.contacts.policy import LIFETIMES, ContactPolicy


def shown(policy: ContactPolicy) -> Values:
    """What the form shows of a policy."""
    values: Values = MultiDict(
        {
            "quiet-from": policy.quiet_from,
            "quiet-until": policy.quiet_until,
            "months": str(policy.months),
            "review-link": policy.review_link or "",
        }
    )
    values.setlist("purposes", list(policy.purposes))
    return values


def read(values: Values) -> tuple[ContactPolicy | None, dict[str, str]]:
    """What was typed as a policy, or None, and by field what stands against it."""
    typed = Typed(values)
    link = typed.text("review-link", 200)
    if link and not re.fullmatch(r"https://\S+", link):
        typed.problems["review-link"] = _("A link begins with https://")
    quiet = {name: typed.clock(name) for name in ("quiet-from", "quiet-until")}
    for name, time in quiet.items():
        if time is None:
            typed.problems[name] = _("A time of day, for example 21:00.")
    policy = ContactPolicy(
        quiet_from=quiet["quiet-from"] or "",
        quiet_until=quiet["quiet-until"] or "",
        months=typed.number("months", 1, 60) or 1,
        purposes=typed.some("purposes", list(LIFETIMES)),
        review_link=link or None,
    )
    return (None if typed.problems else policy), typed.problems
