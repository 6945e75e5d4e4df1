"""Another CA for the organisation, without losing a kiosk: the steps of its roll-over, as files.

1. `begin`: a new CA is made beside the one in use, below `next`; `ca.pem`, which kiosks are given, has both from then.
2. Kiosks are told until each says that it trusts both (fleet.authority).
3. `switch`: the new CA signs the brokers' certificates, and its key takes the place of the former one's.
4. `end`: `ca.pem` has the new one alone, and kiosks are told again. The former one is gone.

Where it stands can be seen from the files. Each step may be interrupted anywhere, and done again.
"""

import hashlib
import shutil
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from collector.broker.certificates import CA, CA_KEY, ends_at, make_authority, sign_again
from collector.broker.errors import BrokerError
from collector.files import replace_file, sync_folder
from collector.settings import Settings

#: Folder of the CA that is to come.
NEXT = "next"
#: Characters of certificates that a kiosk takes.
LONGEST = 4096


class Stage(StrEnum):
    #: One CA, and none is to come.
    ALONE = "alone"
    #: Kiosks are told to trust the one to come as well.
    BOTH = "both"
    #: The new one signs.
    SWITCHED = "switched"


def stage_of(folder: Path) -> Stage | None:
    """Where the roll-over stands; None: there is no CA of ours.

    Raises
    ------
    BrokerError: its files cannot be read.
    """
    if not (folder / CA_KEY).exists():
        return None
    several = len(_certificates(folder / CA)) > 1
    if (folder / NEXT / CA_KEY).exists():
        return Stage.BOTH if several else Stage.ALONE  # or it began, and was interrupted
    return Stage.SWITCHED if several else Stage.ALONE


def begin(folder: Path) -> None:
    """Make the new CA; kiosks that get their identity from now on trust both.

    Raises
    ------
    BrokerError: there is none to roll over, or the last one is not at its end.
    """
    stage = stage_of(folder)
    if stage is None:
        raise BrokerError(f"There is no CA in {folder}: `smilepost broker certificates NAME` makes it.")
    if stage is Stage.SWITCHED:
        raise BrokerError("The last roll-over is not at its end: `smilepost broker ca end` comes first.")
    if stage is Stage.BOTH:
        return
    (folder / NEXT).mkdir(mode=0o700, exist_ok=True)
    following, _ = make_authority(folder / NEXT)
    present, _ = make_authority(folder)
    replace_file(folder / CA, _pem(present, following), 0o644)


def switch(folder: Path, brokers: Iterable[Path]) -> None:
    """Have the new CA sign.

    Parameters
    ----------
    brokers: certificates of brokers, each replaced by one for the same names and key.

    Raises
    ------
    BrokerError: there is no new CA, or a certificate is none of ours.
    """
    stage = stage_of(folder)
    if stage not in {Stage.BOTH, Stage.SWITCHED}:
        raise BrokerError("There is no new CA yet: `smilepost broker ca new` comes first.")
    ca, key = make_authority(folder / NEXT if stage is Stage.BOTH else folder)
    for certificate in brokers:
        sign_again(ca, key, certificate)
    if stage is Stage.BOTH:
        (folder / NEXT / CA_KEY).replace(folder / CA_KEY)
        sync_folder(folder)


def end(folder: Path) -> None:
    """Forget the former CA; kiosks are told to trust the new one alone.

    Raises
    ------
    BrokerError: the new one does not sign yet.
    """
    stage = stage_of(folder)
    if stage is Stage.BOTH:
        raise BrokerError("The new CA does not sign yet: `smilepost broker ca switch` comes first.")
    if stage is Stage.SWITCHED:
        present, _ = make_authority(folder)
        replace_file(folder / CA, _pem(present), 0o644)
    shutil.rmtree(folder / NEXT, ignore_errors=True)


def trusted(settings: Settings) -> str | None:
    """What kiosks should check their broker with, in PEM; None: it is not for us to say.

    Raises
    ------
    BrokerError: it cannot be read.
    """
    if settings.broker_ca is None or not settings.kiosk_broker_address.tls:
        return None
    try:
        return settings.broker_ca.read_text()
    except (OSError, ValueError) as problem:
        raise BrokerError(f"{settings.broker_ca} cannot be read: {problem}") from problem


def fingerprint(text: str) -> str:
    """How a kiosk says whom it trusts (docs/protocol.md)."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def until(settings: Settings) -> datetime | None:
    """Until when all CAs hold that kiosks trust."""
    return ends_at(settings.broker_ca) if settings.broker_ca else None


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as problem:
        raise BrokerError(f"{path} cannot be read as certificates: {problem}") from problem


def _pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)
