"""A release is taken in only if kiosks could take it, and offered only to kiosks that can."""

import base64
import dataclasses
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, select

from collector.fleet.queries import Kiosk, visible_kiosk
from collector.fleet.releases import (
    CannotOffer,
    CannotPublish,
    kept_key,
    offer,
    publish,
    publish_file,
    releases,
)
from collector.fleet.rollout.changes import begin
from collector.fleet.rollout.plan import Plan
from collector.fleet.tables import release_file
from collector.settings import Settings
from tests.collector.releases import FILES, PUBLIC, archive, manifest_of
from tests.factories import NOW, make_kiosk, make_shop


def test_published_release_is_kept_as_it_was_signed(engine: Engine) -> None:
    with engine.begin() as connection:
        made = publish(connection, archive(manifest_of(12)), PUBLIC)
        assert (made.is_new, made.manifest.number, made.manifest.board) == (True, 12, "virtual")
        rows = connection.execute(select(release_file.c.file, release_file.c.data).order_by(release_file.c.file))
        assert [bytes(row.data) for row in rows] == [FILES[path] for path in sorted(FILES)]
        again = publish(connection, archive(manifest_of(12)), PUBLIC)
        assert (again.id, again.is_new) == (made.id, False)
        assert len(releases(connection)) == 1


def test_published_from_a_file_with_the_public_half_of_the_key(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    file, key = tmp_path / "virtual-12.zip", tmp_path / "ours.pub"
    file.write_bytes(archive(manifest_of(12)))
    with pytest.raises(CannotPublish, match="cannot be read"):
        publish_file(settings, file, key)
    key.write_text("not a key\n")
    with pytest.raises(CannotPublish, match="no public key"):
        publish_file(settings, file, key)
    key.write_text(base64.b64encode(PUBLIC).decode() + "\n")
    assert kept_key(settings) == ""
    assert publish_file(settings, file, key).manifest.version == "0.2.0"
    assert kept_key(settings) == key.read_text().strip()  # for the identities of new kiosks
    away = dataclasses.replace(settings, database="postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(CannotPublish, match="does not answer"):
        publish_file(away, file, key)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (b"not a zip", "not a release"),
        (archive(manifest_of(1))[:-30], "not a release"),
        (archive(manifest_of(1), key=Ed25519PrivateKey.generate()), "not signed"),
        (archive("{}"), "cannot be read"),
        (archive(manifest_of(0)), "cannot be read"),
        (archive(manifest_of(1), {**FILES, "more.mpy": b"smuggled in"}), "does not hold the files"),
        (archive(manifest_of(1), {"kiosk_main.mpy": b"main"}), "does not hold the files"),
        (archive(manifest_of(1), {**FILES, "kiosk_main.mpy": b"mainz"}), "kiosk_main.mpy is not the file"),
        (archive(manifest_of(1), {**FILES, "kiosk_main.mpy": b"Main"}), "kiosk_main.mpy is not the file"),
        (archive(manifest_of(1) + " " * 6200), "6144"),
    ],
)
def test_what_kiosks_would_refuse_is_not_taken(engine: Engine, bad: bytes, says: str) -> None:
    with engine.begin() as connection:
        with pytest.raises(CannotPublish, match=says):
            publish(connection, bad, PUBLIC)
        assert not releases(connection)


def test_a_number_names_one_release_of_a_board(engine: Engine) -> None:
    other = {"kiosk_main.mpy": b"other"}
    with engine.begin() as connection:
        publish(connection, archive(manifest_of(12)), PUBLIC)
        publish(connection, archive(manifest_of(12, "pico_w")), PUBLIC)
        with pytest.raises(CannotPublish, match="another release 12"):
            publish(connection, archive(manifest_of(12, files=other), other), PUBLIC)
        assert [(each.board, each.number) for each in releases(connection)] == [("virtual", 12), ("pico_w", 12)]


def test_offered_only_to_kiosks_that_can_take_it(engine: Engine) -> None:
    with engine.begin() as connection:
        shop = make_shop(connection)
        for name, health in {
            "behind": {"board": "virtual", "release": 11},
            "installed": {"board": "virtual", "release": 0},
            "ahead": {"board": "virtual", "release": 13},
            "pico": {"board": "pico_w", "release": 0},
        }.items():
            make_kiosk(connection, shop, name, health=health)
        make_kiosk(connection, shop, "unheard", state=None)
        publish(connection, archive(manifest_of(12)), PUBLIC)

        def kiosk(name: str) -> Kiosk:
            found = visible_kiosk(connection, shop.organisation, name, NOW)
            assert found is not None
            return found

        offer(connection, kiosk("behind"), 12)
        assert kiosk("behind").release_wanted == 12
        offer(connection, kiosk("behind"), None)
        assert kiosk("behind").release_wanted is None
        for name, number, says in (
            ("ahead", 12, "runs release 13"),
            ("pico", 12, "no release 12 for the board pico_w"),
            ("behind", 99, "no release 99"),
            ("unheard", 12, "which board"),
        ):
            with pytest.raises(CannotOffer, match=says):
                offer(connection, kiosk(name), number)
        begin(connection, shop.region, 12, Plan(), "Kateryna", NOW, "first")
        with pytest.raises(CannotOffer, match="is in roll-out"):
            offer(connection, kiosk("behind"), 12)
