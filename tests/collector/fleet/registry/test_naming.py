import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.fleet.registry.naming import next_number, stem
from collector.topics import KIOSK_ID


@pytest.mark.parametrize(
    ("store", "touchpoint", "expected"),
    [
        ("Riverside", "Exit", "riverside-exit"),
        ("Львів, Ринок 12", "Вихід", "lviv-rynok-12-vykhid"),
        ("Щастя", "Примірювальна", "shchastia-prymiriuvalna"),
        ("Łódź Główna", "Wyjście", "lodz-glowna-wyjscie"),
        ("München", "Große Straße", "munchen-grosse-strasse"),
        ("Подъезд", "Ёлка", "podezd-iolka"),
        ("東京", "出口", "kiosk"),
        ("A very long name of a store indeed", "Exit", "a-very-long-name-of-a-store"),
    ],
)
def test_a_kiosk_is_called_by_its_place(store: str, touchpoint: str, expected: str) -> None:
    assert stem(store, touchpoint) == expected


@given(st.text(max_size=60), st.text(max_size=60), st.integers(1, 9999))
def test_any_place_gives_an_id_that_every_broker_takes(store: str, touchpoint: str, number: int) -> None:
    assert re.fullmatch(KIOSK_ID, f"{stem(store, touchpoint)}-{number}")


def test_no_number_is_given_twice() -> None:
    assert next_number("river-exit", []) == 1
    assert next_number("river-exit", ["river-exit-1", "river-exit-7", "river-exit-old", "river-exit-2-9"]) == 8
    assert next_number("river-exit", ["river-exit-1", "river-exit-9999", "river-exit-10000"]) == 2
    assert next_number("river-exit", [f"river-exit-{number}" for number in range(1, 10_000)]) is None
