"""What is typed of a person, checked."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _

from collector.accounts.people.lookalikes import is_mixed, normal
from collector.accounts.reach import LONGEST_ADDRESS, Reach
from collector.accounts.roles import ROLES, Role
from collector.addresses import Channel, NoAddress, normalised
from collector.current import row_id
from collector.forms import line
from collector.surveys.definition import LANGUAGES

LONGEST_NAME = 60
#: What somebody types each time that they sign in: letters of any script, digits, and what joins them.
_NAME = re.compile(rf"\w[\w .@'’+-]{{0,{LONGEST_NAME - 1}}}")


@dataclass
class PersonForm:
    """What stands in the fields, and by field what does not fit, a sentence."""

    name: str = ""
    role: str = ""
    place: str = ""
    email: str = ""
    phone: str = ""
    language: str = "en"
    problems: dict[str, str] = field(default_factory=dict, init=False)


@dataclass(frozen=True)
class Typed:
    """The same, where everything fits."""

    name: str
    role: Role
    place_id: int
    reach: Reach


def read(
    sent: Mapping[str, str], roles: Collection[Role], place_ids: Collection[int], *, is_known: bool = False
) -> tuple[Typed | None, PersonForm]:
    """What was typed; None and why not where something does not fit.

    Parameters
    ----------
    roles: that whoever asks may give.
    place_ids: that they see.
    is_known: whether they have their name already.
    """
    form = PersonForm(**{name: line(sent.get(name, ""))[:LONGEST_ADDRESS] for name in _FIELDS})
    form.name = normal(form.name)
    if not _NAME.fullmatch(form.name):
        form.problems["name"] = _("Write a name of letters and digits, at most %(count)s of them.", count=LONGEST_NAME)
    elif is_mixed(form.name) and not is_known:
        form.problems["name"] = _("Latin and Cyrillic letters are mixed in one word. Type it anew in one alphabet.")
    role = next((each for each in ROLES if each == form.role and each in roles), None)
    if role is None:
        form.problems["role"] = _("Choose one of these roles.")
    place_id = _place(form.place)
    if place_id not in place_ids:
        form.problems["place"] = _("Choose one of these places.")
    email, phone = _address(form, "email", "email"), _address(form, "phone", "sms")
    if role == "email-only" and not form.email:
        form.problems["email"] = _("Who only gets e-mail needs an address.")
    if form.language not in LANGUAGES:
        form.problems["language"] = _("Choose one of these languages.")
    if form.problems or role is None or place_id is None:
        return None, form
    return Typed(form.name, role, place_id, Reach(email, phone, form.language)), form


_FIELDS = ("name", "role", "place", "email", "phone", "language")


def _place(typed: str) -> int | None:
    try:
        return row_id(typed)
    except ValueError:
        return None


def _address(form: PersonForm, name: str, wanted: Channel) -> str | None:
    typed: str = getattr(form, name)
    if not typed:
        return None
    try:
        address = normalised(typed)
    except NoAddress:
        address = None
    if address is None or address.channel != wanted:
        form.problems[name] = {
            "email": _("Write an e-mail address, for example olha@example.org."),
            "phone": _("Write a telephone number with its country, for example +380 50 123 45 67."),
        }[name]
        return None
    return address.value
