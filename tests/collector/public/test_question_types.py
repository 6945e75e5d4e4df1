"""Every type of question on the page, and as it is written down."""

import re

import pytest
from sqlalchemy import Engine, func, select, update

from collector.cases.tables import cases
from collector.places.tables import touchpoint
from collector.ratings.kinds import Channel
from collector.ratings.tables import rating
from collector.settings import Settings
from collector.surveys.definition import (
    Ces,
    Comment,
    ContactDetails,
    Enps,
    Gap,
    Nps,
    Question,
    Reason,
    Reasons,
    Smileys,
    Stars,
)
from collector.surveys.tables import answer, answer_device, contact
from tests.collector.customers import Phone, ask, code_of, form_of, make_receipt, words
from tests.factories import Shop

TEXT = {"en": "How about it?"}
SCALES: list[tuple[Question, str, list[int]]] = [
    (Smileys(1, TEXT, buttons=2), "reply-1", [1, 2]),
    (Smileys(1, TEXT, buttons=3), "reply-1", [1, 2, 3]),
    (Smileys(1, TEXT, buttons=5), "reply-1", [1, 2, 3, 4, 5]),
    (Nps(1, TEXT), "reply-1", list(range(11))),
    (Ces(1, TEXT), "reply-1", list(range(1, 8))),
    (Stars(1, TEXT), "reply-1", list(range(1, 6))),
    (Gap(1, TEXT), "reply-1e", list(range(1, 6))),
]


def kept(engine: Engine) -> dict[str, object]:
    with engine.connect() as connection:
        return dict(connection.execute(select(answer)).one()._mapping)


@pytest.mark.parametrize(("question", "name", "replies"), SCALES)
def test_any_scale_can_be_the_first(
    phone: Phone, poster: str, engine: Engine, riverside: Shop, question: Question, name: str, replies: list[int]
) -> None:
    with engine.begin() as connection:
        ask(connection, riverside.store, question, Comment(2))
    page = phone.scan(poster)
    assert re.findall(rf'<button class="step" name="{name}" value="(\d+)"', page.text) == [str(n) for n in replies]
    assert phone.post(poster, {name: str(replies[-1] + 1)}).status_code == 422
    assert phone.post(poster, {name: str(replies[0] - 1)}).status_code == 422
    rest = phone.post(poster, {name: str(replies[0])})
    assert "It counts already." in words(rest)
    assert kept(engine)["replies"] == {name.removeprefix("reply-"): replies[0]}


def test_all_of_them_in_one_survey(phone: Phone, poster: str, engine: Engine, riverside: Shop) -> None:
    why = Reasons(
        6, why_good={"en": "Why good?"}, why_bad={"en": "Why bad?"}, good=(Reason(1, {"en": "Quick"}),), bad=()
    )
    with engine.begin() as connection:
        ask(
            connection,
            riverside.store,
            *(Stars(1, {"en": "Stars?"}), Nps(2, {"en": "Recommend?"}), Ces(3, {"en": "Easy?"})),
            *(Gap(4, {"en": "How clean it was"}), Smileys(5, {"en": "And the bread?"}), why),
            Comment(7, {"en": "Anything else?"}),
            nps_at_most=None,
        )
    rest = phone.post(poster, {"reply-1": "4"})
    read = words(rest)
    # In the order of the survey; each with its ends named.
    order = ["Your answer: 4 of 5", "Recommend?", "0: not at all likely 10: very likely", "Easy?", "7: very easy"]
    order += ["How clean it was", "What I expected", "What it was like", "And the bread?", "Why good?"]
    assert [read.index(each) for each in order] == sorted(read.index(each) for each in order)
    assert "Why bad?" not in read
    sent = {"reply-2": "10", "reply-3": "7", "reply-4e": "5", "reply-4p": "3", "reply-5": "2"}
    thanks = phone.send(poster, form_of(rest), reasons=[1], comment="Fine.", **sent)
    assert "glad to hear it" in words(thanks)
    given = kept(engine)
    assert given["replies"] == {"1": 4, "2": 10, "3": 7, "4e": 5, "4p": 3, "5": 2}
    assert (given["score"], given["reasons"], given["channel"]) == (75, [1], Channel.POSTER_QR)
    with engine.connect() as connection:
        scores = connection.scalars(select(rating.c.score).order_by(rating.c.question_id)).all()
    assert len(scores) == 6


def test_what_is_not_asked_is_not_taken(phone: Phone, poster: str, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        ask(connection, riverside.store, Smileys(1, TEXT), Nps(2, TEXT))
    form = form_of(phone.tap(poster, 1))
    for replies in ({"reply-2": "11"}, {"reply-2": "-1"}, {"reply-2": "many"}, {"reply-3": "1"}, {"reply-2e": "1"}):
        assert phone.post(poster, {**form, **replies, "to": "de"}).status_code == 200
        assert "checked" not in phone.post(poster, {**form, **replies, "to": "de"}).text
    phone.send(poster, form, **{"reply-2": "11", "reply-9": "1"})
    assert kept(engine)["replies"] == {"1": 1}


def test_a_contact_is_asked_for_where_the_survey_does(
    phone: Phone, poster: str, engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        ask(connection, riverside.store, Smileys(1, TEXT), ContactDetails(2, {"en": "Where do we answer?"}))
    page = phone.tap(poster, 1)
    assert "Where do we answer?" in words(page)
    assert "textarea" not in page.text


def test_staff_stay_unknown(phone: Phone, poster: str, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        connection.execute(update(touchpoint).where(touchpoint.c.id == riverside.exit).values(audience="staff"))
        ask(connection, riverside.organisation, Enps(1, TEXT), Comment(2), audience="staff")
    page = phone.scan(poster)
    assert "Nobody can see who answers" in words(page)
    assert "from 5 answers on" in words(page)
    rest = phone.tap(poster, 0)
    assert 'name="contact"' not in rest.text
    thanks = phone.send(poster, form_of(rest), comment="We need more people.", contact="me@example.org", consent="x")
    assert "Nobody can see that it came from you." in words(thanks)
    assert "/Q/" not in thanks.text
    assert not any("Set-Cookie" in each.headers for each in (page, rest, thanks))
    with engine.connect() as connection:
        for table in (answer_device, contact, cases):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0
    assert kept(engine)["comment"] == "We need more people."


def test_a_screen_for_everybody(phone: Phone, poster: str, engine: Engine) -> None:
    page = phone.scan(poster, kiosk="1")
    assert 'class="kiosk"' in page.text
    rest = phone.tap(poster, 4, kiosk="1", lang="de")
    assert 'name="contact"' not in rest.text
    home = f"/Q/{poster}?kiosk=1"
    assert rest.headers["Refresh"] == f"120; url={home}"
    action = re.search(r'action="([^"]+)"', rest.text)
    assert action
    assert action[1] == "?kiosk=1&amp;lang=de"
    thanks = phone.post(poster, {**form_of(rest), "comment": "Nobody at the till"}, kiosk="1", lang="de")
    assert "Vielen Dank!" in words(thanks)
    assert thanks.headers["Refresh"] == f"8; url={home}"
    # A case is opened as ever, and the next person does not see it.
    assert not re.search(rf'href="/Q/(?!{poster}\?kiosk=1")', thanks.text)
    assert phone.client.get(home, headers=phone.headers).status_code == 200


def test_only_a_poster_can_be_such_a_screen(phone: Phone, engine: Engine, riverside: Shop, settings: Settings) -> None:
    with engine.begin() as connection:
        code = code_of(engine, settings, make_receipt(connection, riverside.store))
    assert "kiosk" not in phone.scan(code, kiosk="1").text
