import pytest

from collector.accounts import passwords


@pytest.mark.parametrize(
    ("password", "flaw"),
    [
        ("nine char", "short"),
        ("ten chars.", None),
        ("x" * 1001, "long"),
        ("owner12345", "name"),
        ("OWNEROWNER", "name"),
        ("the owner of this", None),
    ],
)
def test_which_passwords_will_do(password: str, flaw: str | None) -> None:
    assert passwords.flaw(password, "owner") == flaw


def test_kept_as_argon2id_and_recognised() -> None:
    hashed = passwords.hash_password("correct horse")
    assert hashed.startswith("$argon2id$")
    assert passwords.is_right(hashed, "correct horse")
    assert not passwords.is_right(hashed, "wrong horse")
    assert not passwords.is_outdated(hashed)


def test_without_a_hash_none_is_right_not_even_the_stand_in() -> None:
    assert not passwords.is_right(None, "nobody")
    assert not passwords.is_right(None, "")


def test_checking_without_a_hash_costs_what_checking_one_costs() -> None:
    assert not passwords.is_outdated(passwords._NOBODYS)
