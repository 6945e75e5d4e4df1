"""How roles, scopes and what was done with people are said."""

from flask_babel import gettext as _

from collector.accounts.roles import Role
from collector.accounts.tokens import Scope


def role_name(role: Role) -> str:
    words: dict[Role, str] = {
        "store": _("Store manager"),
        "region": _("Region"),
        "head-office": _("Head office"),
        "technician": _("Technician"),
        "email-only": _("E-mail only"),
        "admin": _("Admin"),
    }
    return words[role]


def role_about(role: Role) -> str:
    """What somebody in a role does, a sentence."""
    words: dict[Role, str] = {
        "store": _("Sees figures and what customers wrote, works on cases, prints slips, takes calls."),
        "region": _("The same for all stores of the region; shapes surveys, ladder and rules; looks after its people."),
        "head-office": _("The same for all; also gives out and erases what is known of a customer."),
        "technician": _("Sets up kiosks and printers; sees figures, but nothing that a customer wrote."),
        "email-only": _("Gets reports and alerts by e-mail, and does not sign in."),
        "admin": _("Everything."),
    }
    return words[role]


def scope_about(scope: Scope) -> str:
    """What a token may do, a sentence."""
    words: dict[Scope, str] = {
        "read": _("Read figures, ratings, answers and cases"),
        "write": _("Change things: cases, surveys, slips, kiosks"),
        "provision": _("Make kiosks of boards"),
        "personal": _("Give out and erase what is known of a customer"),
        "metrics": _("Read the installation’s own measurements"),
    }
    return words[scope]


FILTERS = (role_name, role_about, scope_about)
