"""How it is said what somebody did; whom or what it was done to follows."""

from flask_babel import gettext as _

from collector.audit.log import Action
from collector.reports.exports.views import names


def deed(action: Action) -> str:
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
        "retired-kiosk": _("retired"),
        "began-rollout": _("began"),
        "went-on-rollout": _("went on with"),
        "ended-rollout": _("ended"),
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
        "ended-token": _("ended"),
        "began-second-factor": _("set up the second factor of"),
        "renewed-recovery-codes": _("renewed the recovery codes of"),
        "ended-second-factor": _("ended the second factor of"),
        "joined-sign-on": _("joined to the organisation’s sign-on"),
        "made-place": _("made"),
        "changed-place": _("changed the settings of"),
        "ended-place": _("took out"),
        "brought-back-place": _("put back"),
        "made-board-link": _("made"),
        "ended-board-link": _("ended"),
    }
    return words[action]


def list_name(name: str) -> str:
    """What a list is called that somebody had as a file."""
    return _("Voices") if name == "voices" else names()[name][0] if name in names() else name


FILTERS = (deed, list_name)
