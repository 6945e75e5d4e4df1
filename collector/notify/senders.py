"""Every way in which people and systems are told something."""

from typing import Any

from sqlalchemy import Engine

from collector.notify.deliver import Delivery
from collector.notify.email import EmailSender
from collector.notify.sender import Sender
from collector.notify.sms import SmsSender
from collector.settings import Settings


def senders(engine: Engine, settings: Settings) -> list[Sender[Any]]:
    return [kind(engine, settings) for kind in (Delivery, EmailSender, SmsSender)]
