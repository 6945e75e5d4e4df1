"""Whatever a till sends, in whatever pieces: all of it goes on, in order, and codes have the same places."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printer.profiles import PROFILES, Profile
from printer.proxy import insertion as looks
from printer.proxy.insertion import Insert, Insertion, Paper, Rule
from tests.printer.proxy.conftest import EVERY
from tests.printer.proxy.receipts import pieces
from tests.printer.proxy.test_tokens import streams

splits = st.lists(st.integers(0, 10**6), max_size=12)


@given(stream=streams, cuts=splits, profile=st.sampled_from([*PROFILES.values()]))
def test_nothing_is_lost_or_moved(stream: bytes, cuts: list[int], profile: Profile) -> None:
    def passed(parts: list[bytes]) -> list[bytes | Insert]:
        insertion = Insertion(Paper(profile), EVERY)
        found = [piece for part in parts for piece in insertion.feed(part)]
        joined: list[bytes | Insert] = [b""]
        for piece in [*found, insertion.held]:
            if isinstance(piece, Insert):
                joined += [piece, b""]
            else:
                joined[-1] = joined[-1] + piece  # type: ignore[operator]
        return joined

    whole = passed([stream])
    assert b"".join(piece for piece in whole if isinstance(piece, bytes)) == stream
    assert passed(list(pieces(stream, cuts))) == whole


@dataclass(frozen=True)
class Listening(Rule):
    """Keeps what it has judged."""

    heard: list[str] = field(default_factory=list)

    def judge(self, text: str) -> tuple[bool, str | None]:
        self.heard.append(text)
        return super().judge(text)


@given(stream=streams, cuts=splits, encoding=st.sampled_from(["cp437", "gb18030", "utf-8"]))
def test_the_same_text_is_looked_at_in_whatever_pieces_it_comes(stream: bytes, cuts: list[int], encoding: str) -> None:
    def looked_at(parts: list[bytes]) -> list[str]:
        rule = Listening(None)
        insertion = Insertion(Paper(PROFILES["epson-80"], encoding), rule)
        for part in parts:
            list(insertion.feed(part))
        return rule.heard

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(looks, "LOOKED_AT", 10)
        whole = looked_at([stream])
        assert looked_at(list(pieces(stream, cuts))) == whole
    assert all(len(text) <= 10 for text in whole)
