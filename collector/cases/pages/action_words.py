"""What the buttons of a case's page say, by the names of the actions."""

from collections.abc import Callable, Mapping

from flask_babel import gettext as _


def action_word(action: str) -> str:
    """On the button."""
    words: Mapping[str, str] = {
        "take": _("Take it"),
        "reply": _("Send the answer"),
        "wait": _("Ask"),
        "resume": _("Go on with it"),
        "resolve": _("Resolve"),
        "accept": _("Sign it off"),
        "reject": _("Give it back"),
        "reopen": _("Open it again"),
        "comment": _("Add"),
        "assign": _("Give it to them"),
        "climb": _("Pass it on"),
        "move": _("Move it"),
        "attach": _("Add the file"),
        "link": _("Link them"),
        "merge": _("Put together"),
        "hand-over": _("Write it down"),
    }
    return words[action]


def action_summary(action: str) -> str:
    """In the list of what else can be done."""
    words: Mapping[str, str] = {
        "reply": _("Write to the customer"),
        "wait": _("Ask the customer something"),
        "resolve": _("Resolve it"),
        "reject": _("Do not sign it off"),
        "reopen": _("Open it again"),
        "comment": _("Add a remark"),
        "assign": _("Give it to somebody"),
        "climb": _("Pass it on to the next step"),
        "move": _("Move it to another store"),
        "attach": _("Add a picture or a PDF"),
        "link": _("Link it with another case"),
        "merge": _("Put it together with another case"),
        "hand-over": _("Hand it to another system"),
    }
    return words[action]


#: What templates may use, by the name of the function.
FILTERS: tuple[Callable[..., object], ...] = (action_word, action_summary)
