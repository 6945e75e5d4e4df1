import json

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


def test_no_identity_is_a_fault():
    try:
        Identity(Memory())
        raise AssertionError("who is it?")
    except ValueError:
        pass
