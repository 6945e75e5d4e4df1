"""Which choice holds: setting by setting the nearest, whatever else was chosen."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collector.fleet.settings.choices import (
    NUMBERS,
    OF_KIOSKS,
    Level,
    altered,
    changes,
    merged,
    replaced,
    sources,
    touched,
)

VALUES = {
    "light": st.integers(1, 100),
    "sound": st.integers(0, 100),
    "repeat": st.integers(0, 60_000),
    "languages": st.lists(st.sampled_from(["uk", "en", "pl"]), min_size=1, max_size=2),
    "thanks": st.fixed_dictionaries({"en": st.sampled_from(["Thanks!", "Ta!"])}),
}
CHOSEN: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({}, optional=VALUES)
#: An organisation, perhaps regions, a store, and the kiosk itself.
PATHS = st.lists(CHOSEN, min_size=3, max_size=5).map(
    lambda path: [Level(at if at < len(path) - 1 else None, f"level {at}", chosen) for at, chosen in enumerate(path)]
)


@given(PATHS)
def test_the_nearest_choice_holds_setting_by_setting(levels: list[Level]) -> None:
    held, whose = merged(levels), sources(levels)
    assert held.keys() == whose.keys()
    for name in OF_KIOSKS:
        choosing = [level for level in levels if name in level.chosen]
        assert held.get(name) == (choosing[-1].chosen[name] if choosing else None)
        assert whose.get(name) == (choosing[-1] if choosing else None)


@given(PATHS, CHOSEN, st.data())
def test_what_changes_is_what_nobody_nearer_has_chosen(levels: list[Level], chosen: dict[str, Any], data: Any) -> None:
    at = data.draw(st.integers(0, len(levels) - 1))
    before = levels[at]
    after = replaced(levels, before.place_id, before.name, chosen)
    found = changes(levels, after)
    nearer = {name for level in levels[at + 1 :] for name in level.chosen}
    assert found.keys() <= set(touched(before.chosen, chosen)) - nearer
    old, new = {**NUMBERS, **merged(levels)}, {**NUMBERS, **merged(after)}
    for name in OF_KIOSKS:
        if name in found:
            assert tuple(found[name]) == (old.get(name), new.get(name))
        else:
            assert old.get(name) == new.get(name)


@given(CHOSEN, CHOSEN, st.sets(st.sampled_from(list(VALUES))))
def test_a_change_leaves_the_rest_and_nothing_goes_back_above(
    chosen: dict[str, Any], changed: dict[str, Any], back: set[str]
) -> None:
    wanted = changed | dict.fromkeys(back)
    after = altered(chosen, wanted)
    assert not after.keys() & back
    assert all(after[name] == wanted.get(name, chosen.get(name)) for name in after)
    assert chosen.keys() - wanted.keys() <= after.keys()
    assert altered(after, wanted) == after
