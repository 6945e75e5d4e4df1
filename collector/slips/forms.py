"""The form in which somebody sets a printer up: what was typed, and what stands against it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flask_babel import gettext as _

from collector.slips.addresses import SPEEDS, Unfit, address_of, fields_of, fits, is_here, way_of
from collector.slips.printers import LONGEST_NAME, Setup, has_page
from collector.slips.queries import Printer
from printer.profiles import PROFILES
from printer.transport.tcp import PORT

#: What a browser sends of the form, and what stands there before anybody has typed.
FIELDS = {
    "name": "",
    "way": "",
    "host": "",
    "port": str(PORT),
    "usb": "/dev/usb/lp0",
    "serial": "/dev/ttyUSB0",
    "baud": str(SPEEDS[1]),
    "flow": "",
    "kiosk": "",
    "profile": "",
    "code_page": "",
}


@dataclass(frozen=True)
class PrinterForm:
    """One form. What it offers depends on who looks: `kiosks`, and whether this machine's own devices are theirs."""

    kiosks: list[str]
    here: bool
    values: Mapping[str, str] = field(default_factory=lambda: FIELDS)
    #: By field, sentences.
    problems: Mapping[str, str] = field(default_factory=dict)
    #: As the printer is set up now; what was allowed once may stay.
    before: Printer | None = None

    @property
    def ways(self) -> list[str]:
        """How a printer can be connected, for whoever looks."""
        now = fields_of(self.before.address)["way"] if self.before else ""
        ways = ["tcp"]
        ways += [way for way in ("usb", "serial") if self.here or way == now]
        ways += ["kiosk"] if self.kiosks or now == "kiosk" else []
        return [*ways, "cloudprnt", "epson-sdp"]


def shown(printer: Printer) -> dict[str, str]:
    """What the form shows of a printer."""
    own = {"name": printer.name, "profile": printer.profile, "code_page": printer.code_page or ""}
    return {**FIELDS, **fields_of(printer.address), **own}


def read(sent: Mapping[str, str], form: PrinterForm) -> tuple[Setup | None, PrinterForm]:
    """What was typed, as a printer's setup; None where something stands against it, which the form then says."""
    values = {name: re.sub(r"\s+", " ", sent.get(name, "")).strip() for name in FIELDS}
    problems: dict[str, str] = {}
    name = values["name"]
    if not (1 <= len(name) <= LONGEST_NAME and name.isprintable()):
        problems["name"] = _("Say where it stands, in at most %(count)s letters.", count=LONGEST_NAME)
    address = _address(values, form, problems)
    profile, code_page = values["profile"], values["code_page"] or None
    if profile not in PROFILES:
        problems["profile"] = _("Choose what kind of printer it is.")
    elif address and not fits(way_of(address), profile):
        problems["profile"] = _("This kind does not fetch its slips in that way. Choose a kind of that maker.")
    elif not has_page(profile, code_page):
        problems["code_page"] = _("This kind has not these letters. Choose others, or pictures.")
    answer = replace(form, values=values, problems=problems)
    return (None if problems else Setup(name, address, profile, code_page)), answer


def taken(form: PrinterForm) -> PrinterForm:
    """The form, with the word that its name is another printer's."""
    return replace(form, problems={"name": _("Another printer of this store is called that. Take another name.")})


def _address(values: Mapping[str, str], form: PrinterForm, problems: dict[str, str]) -> str:
    try:
        address = address_of(values)
    except Unfit as problem:
        problems[problem.field] = _against(problem.field)
        return ""
    before = form.before.address if form.before else None
    if address == before:
        return address
    # What is not offered has no field to say it at.
    way = values["way"]
    if way == "kiosk" and values["kiosk"] not in form.kiosks:
        problems[way if way in form.ways else "way"] = _against("kiosk")
    if is_here(address) and not form.here:
        words = _("What is at the collector's own machine is for the organisation's people to choose.")
        problems["host" if way == "tcp" else way if way in form.ways else "way"] = words
    return address


def _against(field: str) -> str:
    words: dict[str, str] = {
        "way": _("Choose how it is connected."),
        "host": _(
            "Write its address in the network, for example 192.168.1.50: it stands on the printer's own test page."
        ),
        "port": _("A port is a number from 1 to 65535; printers listen at 9100."),
        "usb": _("Write the device as Linux names it, for example /dev/usb/lp0."),
        "serial": _("Write the device as Linux names it, for example /dev/ttyUSB0, and choose speed and handshake."),
        "kiosk": _("Choose a Raspberry Pi kiosk of this store."),
    }
    return words[field]
