"""Surveys are made, saved as drafts, published, and seen by the people of their places."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from sqlalchemy import Connection, Engine, select

from collector.surveys.definition import (
    Comment,
    ContactDetails,
    Definition,
    Nps,
    Opens,
    Question,
    Reason,
    Reasons,
    Smileys,
    Stars,
)
from collector.surveys.publish import (
    NothingLeft,
    Unpublishable,
    change_schedule,
    check,
    discard_draft,
    make_survey,
    publish,
    rename,
    retire,
    save_draft,
)
from collector.surveys.queries import survey_at
from collector.surveys.schedule import Schedule
from collector.surveys.tables import question, survey, survey_version
from collector.surveys.versions import Listed, one_survey, surveys_of
from tests.collector.surveys.asking import EVERYTHING, STAFF, WITH_CONTACT, ask
from tests.factories import NOW, Shop, make_shop

FACES = Smileys(1, {"en": "How was it here?"})
ONE, TWO = Definition((FACES,)), Definition((FACES, Comment(2)))


def make(connection: Connection, place_id: int, definition: Definition = ONE, **changed: str | None) -> int:
    values = {"name": "Ours", "audience": "customers", **changed}
    return make_survey(
        connection,
        place_id,
        touchpoint_id=None,
        schedule=Schedule(),
        definition=definition,
        author="Oksana",
        **values,  # type: ignore[arg-type]
    )


def seen(connection: Connection, shop: Shop, survey_id: int) -> Listed:
    found = one_survey(connection, shop.store, survey_id)
    assert found
    return found


def test_a_draft_is_one_until_it_is_published(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        survey_id = make(connection, riverside.store)
        first = seen(connection, riverside, survey_id)
        assert (first.published, first.draft and first.draft.definition) == (None, ONE)
        assert first.draft
        assert save_draft(connection, survey_id, TWO, "Petro") == first.draft.id
        assert publish(connection, first.draft.id, NOW)
        assert not publish(connection, first.draft.id, NOW)
        after = seen(connection, riverside, survey_id)
        assert after.draft is None
        assert after.published
        assert (after.published.definition, after.published.author) == (TWO, "Petro")
        second = save_draft(connection, survey_id, ONE, "Oksana")
        assert second != first.draft.id
        assert [each.version for each in seen(connection, riverside, survey_id).versions] == [2, 1]
        assert survey_at(connection, riverside.store).definition == TWO
        assert discard_draft(connection, survey_id)
        assert not discard_draft(connection, survey_id)
        assert seen(connection, riverside, survey_id).draft is None


def test_a_first_draft_cannot_be_thrown_away(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        survey_id = make(connection, riverside.store)
        assert not discard_draft(connection, survey_id)
        assert seen(connection, riverside, survey_id).draft


def test_a_request_that_is_repeated_makes_one_survey(engine: Engine, riverside: Shop) -> None:
    def send(_: int) -> int:
        with engine.begin() as connection:
            return make(connection, riverside.store, key="api/1")

    with ThreadPoolExecutor(4) as senders:
        assert len(set(senders.map(send, range(4)))) == 1
    with engine.connect() as connection:
        assert len(connection.execute(select(survey)).all()) == 1
        assert len(connection.execute(select(survey_version)).all()) == 1


def test_of_two_who_publish_at_once_one_does(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        ids = [seen(connection, riverside, make(connection, riverside.store)).versions[0].id for _ in range(3)]

    def send(version_id: int) -> bool:
        with engine.begin() as connection:
            return publish(connection, version_id, NOW)

    with ThreadPoolExecutor(6) as senders:
        assert sorted(senders.map(send, [*ids, *ids])) == [False] * 3 + [True] * 3
    with engine.connect() as connection:
        words = connection.scalars(select(question.c.text).where(question.c.kind == "smileys")).all()
    assert words.count(FACES.text) == 1  # the same words are one question everywhere


def test_the_first_faces_make_the_index_and_further_ones_do_not(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        ask(connection, riverside.store, definition=EVERYTHING)
        asked = survey_at(connection, riverside.store)
        kinds = {row.id: row.kind for row in connection.execute(select(question))}
        assert {key: kinds[number] for key, number in asked.questions.items()} == {
            "1": "smileys",
            "3": "nps",
            "4": "ces",
            "5": "stars",
            "6": "faces",
            "7e": "expectation",
            "7p": "perception",
        }
        assert len(set(asked.questions.values())) == len(asked.questions)


REASONS = Reasons(2, {"en": "Why?"}, {"en": "Why?"}, (), (Reason(1, {"en": "Slow"}),))


@pytest.mark.parametrize(
    ("questions", "audience", "sentence"),
    [
        ((Smileys(1, {}),), "customers", "needs its words"),
        ((Smileys(1, {"en": "How?", "uk": "  "}),), "customers", "needs its words"),
        ((FACES, Reasons(2, {}, {}, (), (Reason(1, {"en": "Slow"}),))), "customers", "needs its words"),
        ((FACES, Comment(2, {"en": ""})), "customers", "needs its words"),
        ((Smileys(1, {"English": "How?"}),), "customers", "tags"),
        ((Smileys(1, {"en": "x" * 201}),), "customers", "200 letters"),
        ((Smileys(1, {"en": "How\0was it?"}),), "customers", "plain words"),
        ((Nps(1, {"en": "Same?"}), Nps(2, {"en": "Same?"})), "customers", "ask the same"),
        (WITH_CONTACT.questions, "staff", "without a name"),
        (STAFF.questions, "customers", "for staff"),
    ],
)
def test_what_cannot_be_asked(
    engine: Engine, riverside: Shop, questions: tuple[Question, ...], audience: str, sentence: str
) -> None:
    with engine.begin() as connection:
        survey_id = make(connection, riverside.store, Definition(questions), audience=audience)
        draft = seen(connection, riverside, survey_id).draft
        assert draft
        with pytest.raises(Unpublishable, match=sentence):
            publish(connection, draft.id, NOW)
        assert seen(connection, riverside, survey_id).published is None


def test_what_can_be_asked() -> None:
    check(EVERYTHING, "customers")
    check(STAFF, "staff")
    check(Definition((FACES, REASONS, Comment(3), ContactDetails(4))), "customers")
    check(Definition((Nps(1, {"ar": "هل؟", "pt-BR": "Sim?"}), Stars(2, {"ar": "هل؟"}))), "customers")


def test_people_see_their_surveys_those_below_and_those_that_hold_here(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
        top = ask(connection, riverside.organisation, definition=ONE)
        draft = make(connection, riverside.organisation)
        region = make(connection, riverside.region)
        ours = make(connection, riverside.store)
        theirs = ask(connection, hilltop.store, definition=ONE)

        def listed(place_id: int) -> list[tuple[int, bool]]:
            return [(each.id, each.is_ours) for each in surveys_of(connection, place_id)]

        assert listed(riverside.store) == [(top, False), (ours, True)]
        assert listed(riverside.region) == [(top, False), (region, True), (ours, True)]
        assert {each for each, _ in listed(riverside.organisation)} == {top, draft, region, ours, theirs}
        assert one_survey(connection, riverside.store, theirs) is None
        assert one_survey(connection, riverside.store, draft) is None
        save_draft(connection, top, TWO, "Oksana")
        assert seen(connection, riverside, top).draft is None  # not theirs to see
        above = one_survey(connection, riverside.organisation, top)
        assert above
        assert above.draft


def test_a_survey_is_renamed_timed_and_taken_back(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        survey_id = ask(connection, riverside.store, definition=ONE)
        rename(connection, survey_id, "Winter")
        change_schedule(connection, survey_id, Schedule(weekdays=("sat", "sun")))
        found = seen(connection, riverside, survey_id)
        assert (found.name, found.schedule.weekdays) == ("Winter", ("sat", "sun"))
        assert retire(connection, survey_id, NOW, "Ann")
        assert not retire(connection, survey_id, NOW, "Ann")
        assert surveys_of(connection, riverside.store) == []
        assert [each.id for each in surveys_of(connection, riverside.store, with_retired=True)] == [survey_id]
        assert seen(connection, riverside, survey_id).retired_at == NOW


def test_customers_are_always_asked_something(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        last = ask(connection, riverside.organisation, definition=ONE)
        ask(connection, riverside.organisation, definition=ONE, schedule=Schedule(weekdays=("sat",)))
        make(connection, riverside.organisation)  # a draft
        for take_back in (
            lambda: retire(connection, last, NOW, "Ann"),
            lambda: change_schedule(connection, last, Schedule(weekdays=("sun",))),
        ):
            with pytest.raises(NothingLeft):
                take_back()
        change_schedule(connection, last, Schedule())
        assert survey_at(connection, riverside.store).survey_id == last


def test_of_the_last_two_one_stays(engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        both = [ask(connection, riverside.organisation, definition=ONE) for _ in range(2)]

    def take_back(survey_id: int) -> bool:
        with engine.begin() as connection:
            try:
                return retire(connection, survey_id, NOW, "Ann")
            except NothingLeft:
                return False

    with ThreadPoolExecutor() as people:
        assert sorted(people.map(take_back, both)) == [False, True]


def test_a_place_does_not_loosen_the_rules_of_those_above(engine: Engine, riverside: Shop) -> None:
    quiet = Opens(below=0, bad_with_words=False, nps_at_most=None, contact=False, words={"en": ("mould",)})
    loud = Opens(below=20, words={"en": ("glass",), "uk": ("скло",)})
    joined = msgspec.structs.replace(loud, words={"en": ("mould", "glass"), "uk": ("скло",)})
    with engine.begin() as connection:
        ask(connection, riverside.organisation, definition=Definition((FACES,), loud))
        for publisher, place_id, rules in (
            (riverside.store, riverside.store, joined),
            (riverside.region, riverside.region, joined),
            (riverside.region, riverside.store, quiet),
            (riverside.organisation, riverside.organisation, quiet),
        ):
            survey_id = make(connection, place_id, Definition((FACES,), quiet))
            draft = save_draft(connection, survey_id, Definition((FACES,), quiet), "Oksana")
            publish(connection, draft, NOW, publisher)
            asked = survey_at(connection, place_id)
            assert (asked.survey_id, asked.definition.opens) == (survey_id, rules)
