"""The consumer that a programmer writes first: paho, one message at a time, rows of SQLAlchemy, a commit each.

Usage: python plain_consumer.py DATABASE PORT USER PASSWORD_FILE
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import BigInteger, DateTime, create_engine
from sqlalchemy.dialects.postgresql import REAL
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

SCORES = (100.0, 66.7, 33.3, 0.0)


class Base(DeclarativeBase):
    pass


class Rating(Base):
    __tablename__ = "rating"

    cursor_id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[int]
    batch_id: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    happened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    time_quality: Mapped[int]
    store_id: Mapped[int]
    touchpoint_id: Mapped[int]
    question_id: Mapped[int]
    button: Mapped[int]
    score: Mapped[float] = mapped_column(REAL)
    mark: Mapped[int]
    boot: Mapped[int]
    uptime: Mapped[int] = mapped_column(BigInteger)
    settings_version: Mapped[int]


def main(database: str, port: str, user: str, password_file: str) -> None:
    session = Session(create_engine(make_url(database).set(drivername="postgresql+psycopg")))

    def on_connect(client: mqtt.Client, *_: Any) -> None:
        client.subscribe("smilepost/v1/+/up", 1)

    def on_subscribe(*_: Any) -> None:
        print("subscribed", file=sys.stderr, flush=True)

    def on_message(_client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        kiosk = int(message.topic.split("/")[2].removeprefix("bench-"))
        frame = json.loads(message.payload)
        received = datetime.now(UTC)
        clock = datetime.fromtimestamp(frame["utc"] / 1000, UTC)
        for seq, (_, button, _, boot, uptime, version, _) in enumerate(frame["records"], start=frame["first"]):
            rating = Rating(
                cursor_id=kiosk,
                seq=seq,
                channel=0,
                batch_id=0,
                received_at=received,
                happened_at=clock - timedelta(milliseconds=frame["uptime"] - uptime),
                time_quality=0,
                store_id=kiosk % 200 + 1,
                touchpoint_id=kiosk % 200 + 1,
                question_id=1,
                button=button,
                score=SCORES[button - 1],
                mark=0,
                boot=boot,
                uptime=uptime,
                settings_version=version,
            )
            session.add(rating)
        session.commit()

    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(user, Path(password_file).read_text())
    client.on_connect, client.on_subscribe, client.on_message = on_connect, on_subscribe, on_message
    client.connect("127.0.0.1", int(port), keepalive=0)
    client.loop_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
