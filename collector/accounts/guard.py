"""The guard of the console's pages: each blueprint says what its pages need, and nothing is open by an oversight.

    pages = Blueprint("visits", __name__, template_folder="templates")
    guard(pages)                                        # whoever may look
    guard(pages, see="voices", change="act")            # read by some, changed by others
    guard(pages, preview="shape", sign_in="nothing")    # but for these views

A page of a place that somebody does not see is not there at all (404): that, each view asks of its place.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden

from collector.accounts.roles import Right
from collector.accounts.viewer import ask_to_sign_in, signed_in, viewer

#: What a view needs: a right, or only that somebody is signed in, or nothing: strangers come, too.
Need: TypeAlias = Right | Literal["account", "nothing"]

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Rule:
    """What the views of one blueprint need."""

    see: Need
    change: Need
    by_endpoint: dict[str, Need]

    def need(self, view: str, method: str) -> Need:
        """What somebody needs for a view of it (`view` is the endpoint without the blueprint)."""
        if view == "static":
            return "nothing"
        return self.by_endpoint.get(view, self.see if method in _READS else self.change)


#: By name of the blueprint.
RULES: dict[str, Rule] = {}


class NotYours(Forbidden):
    """Somebody is signed in, but in a role that does not do this."""

    description = "Your role does not do this."


def guard(pages: Blueprint, see: Need = "look", change: Need | None = None, **by_endpoint: Need) -> None:
    """From now on a blueprint's pages are for those who may.

    Parameters
    ----------
    see: what reading needs.
    change: what everything else needs; None: the same.
    by_endpoint: views, by the name of their function, that need something else, whatever is done with them.
    """
    rule = RULES[pages.name] = Rule(see, change or see, by_endpoint)

    @pages.before_request
    def check() -> ResponseReturnValue | None:
        need = rule.need((request.endpoint or "").rpartition(".")[2], request.method)
        if need == "nothing":
            return None
        if asked := ask_to_sign_in():
            return asked
        if need != "account" and not viewer().may(need):
            raise NotYours
        return None


def may(right: Right) -> bool:
    """Whether whoever asks has this right, for templates: `{% if may("act") %}`."""
    asks = signed_in()
    return asks is not None and asks.may(right)
