import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.api import cursors

numbers = st.integers(0, cursors.LARGEST)
names = st.text().filter(lambda text: "\0" not in text and text.isprintable())


@given(st.lists(numbers | names, max_size=4))
def test_comes_back_as_it_went(key: list[int | str]) -> None:
    cursor = cursors.encode(*key)
    assert cursors.decode(cursor, *map(type, key)) == tuple(key)
    assert cursor.isascii()
    assert not set(cursor) & set("+/=?&# ")


@given(st.text() | st.binary().map(lambda raw: cursors.base64.urlsafe_b64encode(raw).decode()))
def test_anything_else_is_refused_and_nothing_worse(cursor: str) -> None:
    try:
        key = cursors.decode(cursor, int, int, int)
    except ValueError:
        return
    assert all(0 <= part <= cursors.LARGEST for part in key)


@pytest.mark.parametrize(
    "key", [(-1, 0, 0), (0, 0), (0, 0, 0, 0), ("a", 0, 0), (2**63, 0, 0), (True, 0, 0), (0.5, 0, 0)]
)
def test_of_another_list_or_out_of_range(key: tuple[int | str, ...]) -> None:
    with pytest.raises(ValueError, match="cursor"):
        cursors.decode(cursors.encode(*key), int, int, int)
