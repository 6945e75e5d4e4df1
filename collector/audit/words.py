"""How it is said what somebody did; whom or what it was done to follows."""

from flask_babel import gettext as _
from flask_babel import pgettext

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


def list_name(name: str) -> str:
    """What a list is called that somebody had as a file."""
    return names()[name][0] if name in names() else name


FILTERS = (deed, deeds, list_name, detail, policy_word)
