"""What can be done to a draft."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.surveys.default import DEFINITION
from collector.surveys.definition import LANGUAGES, Comment, Definition, Nps, Reason, Reasons, Smileys
from collector.surveys.editor import edit
from collector.surveys.editor.against import Gaps, gaps
from collector.surveys.editor.edit import Unfit
from collector.surveys.editor.starts import KINDS, start

ONLY_FACES = Definition((Smileys(1, {"en": "How was it?"}),))


def kinds(definition: Definition) -> list[str]:
    return [edit.kind_of(each) for each in definition.questions]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.sampled_from(KINDS["customers"])),
            st.tuples(st.just("remove"), st.integers(0, 7)),
            st.tuples(st.just("up"), st.integers(0, 7)),
            st.tuples(st.just("down"), st.integers(0, 7)),
        ),
        max_size=40,
    )
)
def test_whatever_is_done_it_stays_a_survey_and_no_number_is_given_twice(steps: list[tuple[str, object]]) -> None:
    versions, refusals = [DEFINITION], set()
    meant: dict[int, str] = {each.number: edit.kind_of(each) for each in DEFINITION.questions}
    for what, which in steps:
        now = versions[-1]
        try:
            if what == "add":
                after, number = edit.add(now, which, versions)  # type: ignore[arg-type]
                assert number not in meant
            else:
                question = now.questions[which % len(now.questions)]  # type: ignore[operator]
                by = {"up": -1, "down": 1}.get(what)
                after = edit.remove(now, question.number) if by is None else edit.move(now, question.number, by)
        except Unfit as reason:
            refusals.add(reason.why)
            continue
        assert msgspec.convert(msgspec.to_builtins(after), Definition) == after
        for each in after.questions:
            assert meant.setdefault(each.number, edit.kind_of(each)) == edit.kind_of(each)
        versions.append(after)
    assert refusals <= {"full", "once", "first", "last"}
    reasons: dict[int, object] = {}
    for version in versions:
        for reason in version.reasons(None):
            assert reasons.setdefault(reason.number, reason.text) == reason.text


def test_scales_are_added_before_what_comes_after_every_scale() -> None:
    added, number = edit.add(DEFINITION, "nps", [])
    assert kinds(added) == ["smileys", "nps", "reasons", "comment", "contact"]
    assert number == 5
    assert added.questions[1] == start("nps", 5)


@pytest.mark.parametrize("kind", ["reasons", "comment", "contact"])
def test_some_things_are_asked_once(kind: str) -> None:
    with pytest.raises(Unfit, match="once"):
        edit.add(DEFINITION, kind, [])  # type: ignore[arg-type]


def test_a_survey_begins_with_a_scale() -> None:
    with pytest.raises(Unfit, match="first"):
        edit.move(DEFINITION, 1, 1)
    with pytest.raises(Unfit, match="first"):
        edit.remove(DEFINITION, 1)
    with pytest.raises(Unfit, match="last"):
        edit.remove(ONLY_FACES, 1)
    assert edit.move(ONLY_FACES, 1, -1) == ONLY_FACES


def test_a_survey_has_an_end() -> None:
    full = ONLY_FACES
    for _ in range(7):
        full, _number = edit.add(full, "stars", [])
    with pytest.raises(Unfit, match="full"):
        edit.add(full, "comment", [])


def test_reasons_that_come_back_get_numbers_of_their_own() -> None:
    without = edit.remove(DEFINITION, 2)
    back, number = edit.add(without, "reasons", [DEFINITION])
    assert number == 5
    assert back.why
    assert {each.number for each in back.reasons(None)} == set(range(13, 25))


@pytest.mark.parametrize("kind", [*KINDS["customers"], "enps"])
def test_a_new_question_speaks_every_language(kind: str) -> None:
    definition = Definition((Smileys(1, dict.fromkeys(LANGUAGES, "?")), start(kind, 2)))  # type: ignore[arg-type]
    assert gaps(definition) == {}


def test_what_is_missing_is_told() -> None:
    definition = Definition(
        (
            Smileys(1, {"en": "How was it?", "uk": "Як?"}),
            Nps(2, {}),
            Reasons(3, {"en": "Why?"}, {"en": "Why?"}, (), ()),
            Comment(4),
        )
    )
    assert gaps(definition) == {
        1: Gaps(languages=("pl", "de", "ru")),
        2: Gaps(empty=True, languages=LANGUAGES),
        3: Gaps(reasonless=True, languages=("uk", "pl", "de", "ru")),
    }
    with_reason = edit.change(definition, Reasons(3, {}, {"en": "Why?"}, (), (Reason(1, {"en": "Queue"}),)))
    assert gaps(with_reason)[3].empty
