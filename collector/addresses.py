"""An e-mail address or a telephone number as one form, whatever way it was typed; and the digest that stands for it."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

import phonenumbers
from babel.core import get_global
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from collector.settings import Settings

Channel: TypeAlias = Literal["email", "sms"]

#: As mail servers everywhere take it: dots only between other signs, no quotes, no comments.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")


class NoAddress(ValueError):
    """What somebody typed is no address that a message could be sent to; the message is a sentence."""


@dataclass(frozen=True)
class Address:
    """Where one person is written to."""

    channel: Channel
    #: `name@example.com`, the host in small letters and Punycode; or `+380501234567`.
    value: str


def normalised(typed: str, zone: ZoneInfo | None = None) -> Address:
    """An address as one form.

    Parameters
    ----------
    zone: of the store where it was given: a number without its country is one of that country.

    Raises
    ------
    NoAddress: it is none.
    """
    text = typed.strip()
    return Address("email", _mailbox(text)) if "@" in text else Address("sms", _e164(text, zone))


def digest(settings: Settings, address: Address | str) -> bytes:
    """What stands for a person where their address must not stand, and stays when it is erased.

    Parameters
    ----------
    address: a normalised one, or its value. Letters count the same whether small or not.
    """
    value = address.value if isinstance(address, Address) else address
    return hmac.digest(bytes.fromhex(settings.secret("contacts")), value.casefold().encode(), hashlib.sha256)


def masked(typed: str) -> str:
    """An address as it is shown to whoever has not asked to see it: a•••@example.com, +380•••••4567."""
    text = typed.strip()
    if "@" in text:
        name, _, host = text.rpartition("@")
        return f"{name[:1]}•••@{host}"
    if len(text) < 8:
        return "•••"
    return f"{text[:4]}•••••{text[-2:]}"


def is_landline(address: Address) -> bool:
    """Whether it is a number that no text message reaches."""
    if address.channel != "sms":
        return False
    return phonenumbers.number_type(_parsed(address.value)) == PhoneNumberType.FIXED_LINE


def zones_of(address: Address, store: ZoneInfo) -> tuple[ZoneInfo, ...]:
    """The time zones in which whoever has an address may live.

    The store's, unless a telephone number is of another country: then all zones of that country.
    """
    country = None if address.channel == "email" else phonenumbers.region_code_for_number(_parsed(address.value))
    if country is None or country == country_of(store):
        return (store,)
    names = get_global("territory_zones").get(country, [])
    return tuple(ZoneInfo(name) for name in names) or (store,)


def country_of(zone: ZoneInfo) -> str | None:
    """The country of a time zone, as two letters; None for UTC and its like."""
    name = get_global("zone_aliases").get(zone.key, zone.key)
    country: str | None = get_global("zone_territories").get(name)
    return country if country in phonenumbers.SUPPORTED_REGIONS else None


def _mailbox(text: str) -> str:
    local, _, host = text.rpartition("@")
    try:
        ascii_host = host.encode("idna").decode().lower()
    except UnicodeError:
        ascii_host = ""
    if len(local) > 64 or len(ascii_host) > 253 or not _LOCAL.fullmatch(local) or not _HOST.fullmatch(ascii_host):
        raise NoAddress("This is no e-mail address.")
    return f"{local}@{ascii_host}"


def _e164(text: str, zone: ZoneInfo | None) -> str:
    try:
        number = phonenumbers.parse(text, country_of(zone) if zone else None)
    except NumberParseException as problem:
        raise NoAddress("This is neither an e-mail address nor a telephone number.") from problem
    if not phonenumbers.is_valid_number(number) or number.extension:
        raise NoAddress("There is no telephone number like this one.")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _parsed(value: str) -> PhoneNumber:
    return phonenumbers.parse(value)
