import hashlib
import json
from binascii import hexlify

from kiosk.identity import FILE, Identity
from workbench import Memory


def made():
    storage = Memory()
    storage.replace(FILE, json.dumps({"kiosk": "exit-1", "host": "h", "port": 1, "n": 1, "secret": "old"}).encode())
    return storage, Identity(storage)


def test_who_it_is():
    _, identity = made()
    assert (identity["kiosk"], identity["host"], identity["tls"]) == ("exit-1", "h", None)
    assert identity.sign_in() == (1, "old")


def test_a_new_secret_is_tried_and_kept_once_the_collector_has_answered():
    storage, identity = made()
    identity.take(2, "new")
    for each in (identity, Identity(storage)):
        assert each.sign_in() == (2, "new")
        assert each.number == 2
    identity.answered()
    for each in (identity, Identity(storage)):
        assert each.sign_in() == (2, "new")
        each.refused()
        assert each.sign_in() == (2, "new")


def test_a_new_secret_that_is_not_taken_locks_nobody_out():
    storage, identity = made()
    identity.take(2, "new")
    assert identity.sign_in() == (2, "new")
    identity.refused()
    assert identity.sign_in() == (1, "old")
    identity.answered()  # on the old one: the new one is still to come, and is tried again next time
    assert identity.sign_in() == (2, "new")
    assert Identity(storage).sign_in() == (2, "new")


def test_no_identity_is_a_fault_with_a_sentence():
    for content in (
        None,
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"{}",
        b'{"kiosk": "exit-1"}',
        b'{"kiosk": 1, "n": 1, "secret": "s"}',
    ):
        storage = Memory()
        if content is not None:
            storage.replace(FILE, content)
        said = ""
        try:
            Identity(storage)
        except ValueError as fault:
            said = str(fault)
        assert "device.json" in said


OLD, NEW = ["-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n" % name for name in ("old", "new")]


def with_ca():
    storage, identity = made()
    identity._write({"ca": OLD})
    return storage, Identity(storage)


def test_which_ca_it_trusts_can_be_told():
    storage, identity = with_ca()
    assert identity.trusts is None  # it has not been asked for yet
    assert identity.ca() == OLD
    assert identity.trusts == hexlify(hashlib.sha256(OLD.encode()).digest()).decode()[:8]
    storage.replace("ca.pem", NEW.encode())
    identity._write({"ca": "ca.pem"})
    assert identity.ca() == NEW


def test_a_new_ca_is_tried_and_kept_once_the_collector_has_answered():
    storage, identity = with_ca()
    identity.take_ca(NEW)
    assert Identity(storage).ca() == NEW
    assert identity.ca() == NEW
    identity.answered()
    for each in (identity, Identity(storage)):
        each.unreached()
        assert each.ca() == NEW


def test_a_new_ca_that_leads_nowhere_locks_nobody_out():
    storage, identity = with_ca()
    identity.take_ca(NEW)
    assert identity.ca() == NEW
    identity.unreached()
    assert identity.ca() == OLD
    identity.answered()
    assert identity.ca() == NEW  # its turn, at the next connection
    identity.unreached()
    identity.unreached()
    assert identity.ca() == NEW
    identity.answered()
    for each in (identity, Identity(storage)):
        assert each["next"] is None
        assert each.ca() == NEW


def test_a_ca_and_a_secret_roll_over_by_themselves():
    storage, identity = with_ca()
    identity.take_ca(NEW)
    identity.take(2, "new")
    identity.ca()
    identity.sign_in()
    identity.refused()  # the broker is the one of the new CA, and does not know the new secret yet
    assert identity.sign_in() == (1, "old")
    identity.answered()
    again = Identity(storage)
    assert again.ca() == NEW
    again.unreached()
    assert again.ca() == NEW
    assert again.sign_in() == (2, "new")


def test_a_key_that_is_none_is_a_fault_with_a_sentence():
    for key, fits in (("AAAA", False), ("no key!", False), (7, False), (None, True), ("A" * 43 + "=", True)):
        storage = Memory()
        storage.replace(FILE, json.dumps({"kiosk": "exit-1", "n": 1, "secret": "s", "key": key}).encode())
        said = ""
        try:
            assert Identity(storage).key == (bytes(32) if key else None)
        except ValueError as fault:
            said = str(fault)
        assert said == ("" if fits else "key is no key.")


def test_a_damaged_file_is_not_replaced_by_news_alone():
    storage, identity = with_ca()
    identity.take(2, "new")
    identity.sign_in()
    storage.replace(FILE, b"{dam")
    for news in (lambda: identity.take(3, "newer"), lambda: identity.take_ca(NEW)):
        said = ""
        try:
            news()
        except ValueError as fault:
            said = str(fault)
        assert "device.json" in said
    identity.answered()
    assert storage.read(FILE) == b"{dam"
