"""Whatever a till sends, in whatever pieces: all of it goes on, in order, and codes have the same places."""

from hypothesis import given, settings
from hypothesis import strategies as st

from printer.profiles import PROFILES, Profile
from printer.proxy.insertion import Insert, Insertion, Paper
from tests.printer.proxy.conftest import EVERY
from tests.printer.proxy.receipts import pieces
from tests.printer.proxy.test_tokens import streams


@settings(deadline=None)
@given(stream=streams, cuts=st.lists(st.integers(0, 10**6), max_size=12), profile=st.sampled_from([*PROFILES.values()]))
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
