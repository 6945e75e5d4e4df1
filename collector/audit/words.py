"""How it is said what somebody did, and whom or what it was done to."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy import Row

from collector.audit.detail_words import detail, policy_word
from collector.audit.log import Action, Kind
from collector.reports.exports.views import names


def deed(action: Action, subject: str) -> str:
    """What was done to a subject (as in `audit.log.note`): what can be touched is taken away, other things end."""
    if action == "ended" and subject.startswith(("printers/", "photos/")):
        return str(_("took away"))
    words: dict[Action, str] = {
        "saw-contact": _("saw the contact of"),
        "exported": _("exported"),
        "erased": _("erased"),
        "marked-spam": _("marked as spam"),
        "marked-mashing": _("marked as the same device again and again"),
        "unmarked": _("let count again"),
        "gave-secret": _("gave a new secret to"),
        "moved-kiosk": _("moved"),
        "replaced-kiosk": _("replaced"),
        "retired-kiosk": pgettext("did", "retired"),
        "began-rollout": _("began"),
        "went-on-rollout": _("went on with"),
        "ended-rollout": pgettext("did", "ended"),
        "took-back-rollout": _("took back"),
        "invited-person": _("invited"),
        "changed-role": _("gave another role to"),
        "moved-person": _("gave another place to"),
        "changed-reach": _("changed the addresses of"),
        "ended-person": _("noted the leaving of"),
        "brought-back-person": _("brought back"),
        "let-in-anew": _("let in anew"),
        "signed-out-person": _("signed out everywhere"),
        "made-token": _("made"),
        "ended-token": pgettext("did", "ended"),
        "began-second-factor": _("set up the second factor of"),
        "renewed-recovery-codes": _("renewed the recovery codes of"),
        "ended-second-factor": _("ended the second factor of"),
        "joined-sign-on": _("joined to the organisation’s sign-on"),
        "made-place": _("made"),
        "changed-place": _("changed the settings of"),
        "ended-place": _("took out"),
        "brought-back-place": _("put back"),
        "made-board-link": _("made"),
        "ended-board-link": pgettext("did", "ended"),
        "ended": pgettext("did", "ended"),
        "brought-back": pgettext("did", "brought back"),
        "prolonged-board-link": _("prolonged"),
        "changed-policy": _("changed settings:"),
        "made-reply": _("made"),
        "changed-reply": _("changed the words of"),
        "retired-reply": _("took away"),
        "changed-slips": _("changed how slips look at"),
        "asked-filter-run": _("asked for"),
        "began-filter-run": _("had marks changed by"),
        "stopped-filter-run": _("put a stop to"),
        "went-on-filter-run": _("went on with"),
        "published-survey": _("published"),
        "signed-in": _("signed in"),
        "refused-sign-in": _("tried in vain to sign in as"),
    }
    return words[action]


def deeds(kind: Kind) -> str:
    """What is looked for, many of a kind."""
    words: dict[Kind, str] = {
        "customers": _("Customers' data and answers"),
        "sign-ins": _("Signing in"),
        "people": _("People and programs"),
        "settings": _("Settings"),
        "surveys": _("Surveys"),
        "places": _("Places"),
        "kiosks": _("Kiosks and printers"),
        "boards": _("Wall boards"),
    }
    return words[kind]


def whom(entry: Row[Any]) -> str:
    """The subject of an entry (of `audit.log.THINGS`), as it follows the deed; empty where it was who did it."""
    thing, _slash, which = entry.subject.partition("/")
    if thing == "policies":
        return policy_word(which)
    words: Mapping[str, str | None] = {
        "cases": _("case #%(number)s", number=which),
        "answers": _("answer %(number)s", number=which),
        # Without an account it is a customer, see `personal.person.subjects`.
        "people": "" if entry.action == "signed-in" else entry.person or _("a customer without a case"),
        "nobody": _("somebody who has no account"),
        "places": _("all kiosks there") if entry.action == "gave-secret" else entry.place,
        "lists": _("a list: %(name)s", name=names()[which][0] if which in names() else which),
        "filter-runs": _("a look over history, %(number)s", number=which),
        "kiosks": which,
        "rollouts": _("roll-out %(number)s", number=which),
        "printers": _("printer %(number)s", number=which),
        "photos": _("a photo at %(kiosk)s", kiosk=which),
        "webhooks": _("webhook %(number)s", number=which),
        "tokens": _("token %(number)s", number=which),
        "surveys": _("survey %(number)s", number=which),
        "segments": _("segment %(number)s", number=which),
        "improvements": _("what “You said, we did” says"),
        "replies": _("reply template %(number)s", number=which),
        "board-links": _("board link %(number)s", number=which),
    }
    return str(words[thing])


#: The pages about such things, and what a page calls which of them it is.
_PAGES: Mapping[str, tuple[str, str]] = {
    "cases": ("cases.case", "case_id"),
    "people": ("people.person", "person_id"),
    "filter-runs": ("press_filter.run", "run_id"),
    "kiosks": ("console.kiosk", "kiosk_id"),
    "rollouts": ("rollouts.rollout", "rollout_id"),
    "photos": ("console.kiosk", "kiosk_id"),
    "surveys": ("surveys.one", "survey_id"),
}


def page_about(entry: Row[Any]) -> str | None:
    """Where the subject of an entry is shown; None: nowhere."""
    thing, _slash, which = entry.subject.partition("/")
    if thing not in _PAGES or entry.action == "signed-in" or (thing == "people" and entry.person is None):
        return None
    page, name = _PAGES[thing]
    place = {"place_id": entry.place_id} if thing == "filter-runs" else {}
    return url_for(page, **{name: which}, **place)


FILTERS = (deed, deeds, whom, page_about, detail)
