"""Which answers came from one device, for as long as mashing is looked for: a day at most, under a key of that day.

A device is known by a keyed hash of its address and of what its browser says of itself. Nobody can get either back from
it, nor tell on another day that it was the same one.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from collector.settings import Settings
from collector.surveys.tables import answer, answer_device

#: How long a device is remembered.
REMEMBERED = timedelta(days=1)


def digest(settings: Settings, address: str, agent: str, now: datetime) -> bytes:
    """What a device is known by today.

    Parameters
    ----------
    address: on the network.
    agent: what its browser says of itself.
    """
    key = bytes.fromhex(settings.secret("devices"))
    said = "\n".join((str(now.astimezone(UTC).date()), address, agent))
    return hmac.new(key, said.encode(errors="replace"), hashlib.sha256).digest()[:16]


def count_since(
    connection: Connection, device: bytes, store_id: int, touchpoint_id: int | None, since: datetime
) -> int:
    """How many answers came from a device at a touchpoint since then; until the transaction ends, it sends no other."""
    connection.execute(select(func.pg_advisory_xact_lock(int.from_bytes(device[:8], signed=True))))
    about = {"from": device, "since": since, "store": store_id, "touchpoint": touchpoint_id}
    return connection.execute(_SENT, about).scalar_one()


_SENT = (
    select(func.count())
    .select_from(answer_device.join(answer, answer.c.id == answer_device.c.answer_id))
    .where(answer_device.c.device == bindparam("from"), answer_device.c.at > bindparam("since"))
    .where(answer.c.store_id == bindparam("store"))
    .where(answer.c.touchpoint_id.is_not_distinct_from(bindparam("touchpoint")))
)


def remember(connection: Connection, answer_id: int, device: bytes, now: datetime) -> None:
    connection.execute(insert(answer_device).values(answer_id=answer_id, device=device, at=now))


def forget(connection: Connection, now: datetime) -> None:
    """Forget the devices of yesterday; once an hour is often enough."""
    connection.execute(delete(answer_device).where(answer_device.c.at < now - REMEMBERED))
