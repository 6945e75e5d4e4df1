"""From a reply to a button and back."""

import pytest

from collector.ratings.scale import button_of, reply_of, weight
from tests.collector.surveys.asking import BEST, EVERYTHING, STAFF

SCALES = [*EVERYTHING.scales, *STAFF.scales]


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.kind)
def test_each_reply_is_one_button_and_comes_back(scale: object) -> None:
    kind, buttons = scale.kind, scale.buttons  # type: ignore[attr-defined]
    replies = list(scale.replies)  # type: ignore[attr-defined]
    found = [button_of(kind, reply, buttons) for reply in replies]
    assert sorted(found) == list(range(1, buttons + 1))
    assert [reply_of(kind, button, buttons) for button in found] == replies


def test_the_best_reply_is_worth_100() -> None:
    for scale in EVERYTHING.scales:
        assert weight(button_of(scale.kind, BEST[scale.key], scale.buttons), scale.buttons) == 100


@pytest.mark.parametrize(("kind", "reply", "buttons"), [("smileys", 0, 4), ("nps", 11, 11), ("stars", 6, 5)])
def test_a_reply_beyond_the_scale_is_none(kind: str, reply: int, buttons: int) -> None:
    with pytest.raises(ValueError, match="has no"):
        button_of(kind, reply, buttons)
