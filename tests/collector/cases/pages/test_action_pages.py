"""What people do to a case in the console, form by form."""

import io
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Engine, select
from werkzeug.http import parse_options_header

from collector.cases import changes
from collector.cases.changes import Doer
from collector.cases.changes.opening import open_by_hand
from collector.cases.rules.policy import CasePolicy, Compensation, SignOff
from collector.cases.settings import replies
from collector.cases.tables import attachment, case_event, cases
from collector.improvements.tables import improvement
from collector.policies.queries import give_policy
from collector.settings import Settings
from tests.collector.cases.pages.console import Person
from tests.collector.customers import Phone, hidden_fields, words
from tests.factories import NOW, Shop, make_shop

Complaint = tuple[int, str]
Somebody = Callable[..., Person]


@pytest.fixture
def somebody(app: Flask, engine: Engine, riverside: Shop) -> Somebody:
    """Makes somebody, of Riverside unless another place is named."""
    return lambda name="Olha", place_id=riverside.store: Person(app, engine, place_id, name)


def state(engine: Engine, case_id: int) -> str:
    with engine.connect() as connection:
        return str(connection.execute(select(cases.c.state).where(cases.c.id == case_id)).scalar_one())


def rule(engine: Engine, place_id: int, policy: CasePolicy) -> None:
    with engine.begin() as connection:
        give_policy(connection, place_id, "cases", policy, "a test")


def test_the_next_action_by_state(somebody: Somebody, complaint: Complaint) -> None:
    case_id, _ = complaint
    olha = somebody()
    assert olha.offered(case_id)[0] == "take"
    olha.does(case_id, "take")
    assert olha.offered(case_id)[0] == "reply"
    olha.does(case_id, "reply", comment="We are sorry. Which till was it?")
    assert olha.offered(case_id)[0] == "resolve"
    assert "Riverside store waits for the customer" in olha.does(case_id, "wait", comment="Which till was it?")
    assert olha.offered(case_id)[0] == "resume"
    assert "went on with it" in olha.does(case_id, "resume")
    olha.does(case_id, "resolve", comment="A second till opens at five.")
    assert olha.offered(case_id) == ["reopen", "reply", "attach", "link"]
    assert "Olha opened it again" in olha.does(case_id, "reopen")


def test_closing_says_why_and_what_was_given(
    somebody: Somebody, engine: Engine, riverside: Shop, complaint: Complaint
) -> None:
    case_id, _ = complaint
    olha = somebody()
    page = olha.does(
        case_id,
        "resolve",
        comment="A second till opens at five.",
        root_cause="Too few people",
        compensation="150",
        **{"did-en": "A second till from five.", "did-uk": "Друга каса з п'ятої."},
    )
    assert "At the root of it Too few people" in page
    assert "Compensation 150 UAH" in page
    assert "Olha resolved it (Too few people) · 150 UAH : “A second till opens at five.”" in page
    with engine.connect() as connection:
        shown = connection.execute(select(improvement)).one()
    assert (shown.place_id, shown.case_id, shown.author) == (riverside.store, case_id, "Olha")
    assert shown.text == {"uk": "Друга каса з п'ятої.", "en": "A second till from five."}


@pytest.mark.parametrize(
    ("compensation", "against"),
    [
        ("501", "You may give up to 500 UAH without asking."),
        ("a lot", "Write the compensation as an amount"),
        ("-1", "Write the compensation as an amount"),
        ("1.234", "Write the compensation as an amount"),
    ],
)
def test_more_than_somebody_may_give(
    somebody: Somebody, engine: Engine, complaint: Complaint, compensation: str, against: str
) -> None:
    case_id, _ = complaint
    olha = somebody()
    answer = olha.send(case_id, "resolve", comment="A voucher.", compensation=compensation)
    assert answer.status_code == 422
    assert against in words(answer)
    # What was typed is still there.
    assert ">A voucher.</textarea>" in answer.text
    assert f'value="{compensation}"' in answer.text
    assert state(engine, case_id) == "open"


def test_the_limit_is_shown_and_is_that_of_ones_level(
    somebody: Somebody, engine: Engine, riverside: Shop, complaint: Complaint
) -> None:
    case_id, _ = complaint
    limits = Compensation("EUR", store=Decimal("12.50"), region=Decimal(100))
    rule(engine, riverside.organisation, CasePolicy(compensation=limits))
    olha, taras, iryna = (
        somebody(name, place)
        for name, place in (
            ("Olha", riverside.store),
            ("Taras", riverside.region),
            ("Iryna", riverside.organisation),
        )
    )
    assert "Compensation, EUR you may give up to 12.50; empty for none" in olha.read(f"/cases/{case_id}")
    assert "Compensation, EUR you may give up to 100; empty for none" in taras.read(f"/cases/{case_id}")
    assert "Compensation, EUR empty for none" in iryna.read(f"/cases/{case_id}")
    assert "Compensation 99.90 EUR" in taras.does(case_id, "resolve", comment="A voucher.", compensation="99,90")
    assert "you may give up to 0.10;" in taras.does(case_id, "reopen")


def test_a_second_person_signs_off(
    somebody: Somebody, engine: Engine, riverside: Shop, complaint: Complaint, phone: Phone
) -> None:
    case_id, code = complaint
    rule(engine, riverside.organisation, CasePolicy(sign_off=SignOff(kinds=("complaint",))))
    olha, taras = somebody(), somebody("Taras", riverside.region)
    page = olha.does(case_id, "resolve", comment="A second till opens at five.")
    assert "waits for a second person to sign it off" in page
    assert "You proposed how to resolve it; another person looks at it now." in page
    assert not {"accept", "reject"} & set(olha.offered(case_id))
    assert "A second till" not in words(phone.scan(code))
    # Whoever tries all the same is told why.
    assert "Another person than the one who proposed it" in words(olha.send(case_id, "accept"))
    assert taras.offered(case_id)[:2] == ["accept", "reject"]
    assert "Taras gave it back: “Which till?”" in taras.does(case_id, "reject", comment="Which till?")
    olha.does(case_id, "resolve", comment="Till 2 opens at five.")
    page = taras.does(case_id, "accept")
    assert "Taras signed it off" in page
    assert "resolved 11:52" in page
    assert "Till 2 opens at five." in words(phone.scan(code))


def test_words_that_a_place_asks_for(somebody: Somebody, engine: Engine, riverside: Shop, complaint: Complaint) -> None:
    case_id, _ = complaint
    rule(engine, riverside.organisation, CasePolicy(comment_required=("taken", "climbed"), root_cause_required=True))
    olha = somebody()
    assert "Say why in a few words." in words(olha.send(case_id, "take"))
    assert "Olha took it: “It was my till.”" in olha.does(case_id, "take", comment="It was my till.")
    assert "Choose what was at the root of it." in words(olha.send(case_id, "resolve", comment="Mended."))
    assert olha.send(case_id, "climb").status_code == 422


def test_given_to_somebody(somebody: Somebody, riverside: Shop, engine: Engine, complaint: Complaint) -> None:
    case_id, _ = complaint
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
    olha, taras = somebody(), somebody("Taras", riverside.region)
    stranger = somebody("Stranger", hilltop.store)
    page = olha.client.get(f"/cases/{case_id}").text
    assert ">Taras · Region of Riverside</option>" in page
    assert "Stranger" not in page
    page = olha.does(case_id, "assign", account=str(taras.account_id), comment="Your delivery.")
    assert "Responsible Taras" in page
    assert "Olha gave it to Taras: “Your delivery.”" in page
    assert f"/cases/{case_id}" in taras.client.get("/cases?mine=1").text
    assert "Choose who is to do it." in words(olha.send(case_id, "assign", account=""))
    refused = olha.send(case_id, "assign", account=str(stranger.account_id))
    assert "Only somebody who sees the store" in words(refused)


def test_passed_on_by_hand(somebody: Somebody, riverside: Shop, complaint: Complaint) -> None:
    case_id, _ = complaint
    olha, _taras = somebody(), somebody("Taras", riverside.region)
    page = olha.does(case_id, "climb", comment="Not ours to decide.")
    assert "Olha passed it on: “Not ours to decide.”" in page
    assert "Riverside store had its time Region of Riverside region nobody has taken it yet" in page


def test_moved_to_another_store(somebody: Somebody, engine: Engine, riverside: Shop, complaint: Complaint) -> None:
    case_id, _ = complaint
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
    olha, iryna = somebody(), somebody("Iryna", riverside.organisation)
    there = somebody("Stepan", hilltop.store)
    assert "move" not in olha.offered(case_id)  # there is no other store to be seen
    assert "Say why in a few words." in words(iryna.send(case_id, "move", store=str(hilltop.store)))
    page = iryna.does(case_id, "move", store=str(hilltop.store), comment="It was at Hilltop.")
    assert "Where Hilltop" in page
    assert olha.client.get(f"/cases/{case_id}").status_code == 404
    assert "Iryna moved it to another store" in there.read(f"/cases/{case_id}")


def test_two_that_belong_together(
    somebody: Somebody, engine: Engine, settings: Settings, phone: Phone, poster: str, complaint: Complaint
) -> None:
    first, _ = complaint
    for comment in ("Long queue.", "Cold soup."):
        phone.answer(poster, 4, comment=comment)
    olha = somebody()
    page = olha.does(first, "link", other="#3")
    assert "Belongs together with #3 open" in page
    assert "Olha linked it with #1" in olha.read("/cases/3")
    page = olha.does(2, "merge", into=str(first))
    assert f"It goes on as part of #{first}" in page
    assert olha.offered(2) == ["reopen", "link"]
    page = olha.read(f"/cases/{first}")
    assert "#2 part of this one" in page
    assert "Olha put #2 together with it" in page
    # It was a mistake.
    assert "Olha opened it again" in olha.does(2, "reopen")
    assert "part of this one" not in olha.read(f"/cases/{first}")
    for number in ("", "x", "#", "99999999999"):
        assert "Write the other case's number." in words(olha.send(3, "merge", into=number))
    assert "There is no such case, or you do not see it." in words(olha.send(3, "merge", into="999"))


def test_handed_to_another_system(somebody: Somebody, complaint: Complaint) -> None:
    case_id, _ = complaint
    page = somebody().does(case_id, "hand-over", external="HELP-12")
    assert "In another system HELP-12" in page
    assert "Olha handed it to another system as HELP-12" in page


def picture(colour: str = "#7a8") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(file, "JPEG")
    return file.getvalue()


def test_files_are_what_they_are_and_for_nobody_else(
    somebody: Somebody, engine: Engine, riverside: Shop, complaint: Complaint
) -> None:
    case_id, _ = complaint
    with engine.begin() as connection:
        hilltop = make_shop(connection, "Hilltop", beside=riverside)
    olha, stranger = somebody(), somebody("Stranger", hilltop.store)
    olha.attach(case_id, "C:/photos/queue.jpeg", picture())
    olha.attach(case_id, "bill.pdf", b"%PDF-1.7 a bill")
    assert "Files queue.jpg" in olha.read(f"/cases/{case_id}")
    with engine.connect() as connection:
        photo, bill = connection.scalars(select(attachment.c.id).order_by(attachment.c.id)).all()
    shown = olha.client.get(f"/cases/{case_id}/files/{photo}")
    assert shown.mimetype == "image/jpeg"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Disposition"] == "inline; filename=queue.jpg"
    kept = olha.client.get(f"/cases/{case_id}/files/{bill}")
    assert kept.data == b"%PDF-1.7 a bill"
    assert kept.headers["Content-Disposition"] == "attachment; filename=bill.pdf"
    assert stranger.client.get(f"/cases/{case_id}/files/{photo}").status_code == 404
    assert olha.client.get(f"/cases/{case_id + 1}/files/{photo}").status_code == 404


def test_a_file_with_a_name_in_any_letters_can_be_opened(
    somebody: Somebody, engine: Engine, complaint: Complaint
) -> None:
    case_id, _ = complaint
    olha = somebody()
    olha.attach(case_id, "Чек № 7.jpg", picture())
    with engine.connect() as connection:
        photo = connection.scalars(select(attachment.c.id)).one()
    shown = olha.client.get(f"/cases/{case_id}/files/{photo}")
    # A server puts headers out in these letters and no others.
    assert all(value.encode("latin-1") for _, value in shown.headers)
    assert parse_options_header(shown.headers["Content-Disposition"])[1]["filename"] == "Чек № 7.jpg"


def test_files_that_are_not_kept(somebody: Somebody, engine: Engine, complaint: Complaint) -> None:
    case_id, _ = complaint
    olha = somebody()
    script = olha.attach(case_id, "queue.jpg", b"<script>alert(1)</script>")
    assert "This is not a JPEG or PNG picture or a PDF." in words(script)
    large = olha.attach(case_id, "bill.pdf", b"%PDF-" + bytes(5 * 2**20))
    assert "It is too large: 5 MB at most." in words(large)
    assert "Choose a file first." in words(olha.send(case_id, "attach"))
    assert olha.attach(case_id, "bill.pdf", bytes(6 * 2**20)).status_code == 413
    with engine.connect() as connection:
        assert connection.execute(select(attachment.c.id)).all() == []


def test_large_files_are_only_read_of_those_who_may_have_signed_in(visitor: FlaskClient, complaint: Complaint) -> None:
    much = b'--limit\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + bytes(2**18)
    sent = visitor.post(
        f"/cases/{complaint[0]}/attach",
        data=much + b"\r\n--limit--\r\n",
        content_type="multipart/form-data; boundary=limit",
    )
    assert sent.status_code == 413


def test_two_taps_add_a_file_once_and_another_file_is_another(
    somebody: Somebody, engine: Engine, complaint: Complaint
) -> None:
    case_id, _ = complaint
    olha = somebody()
    form = hidden_fields(olha.client.get(f"/cases/{case_id}"), "/attach")
    for colour in ("#7a8", "#7a8", "#a78"):
        olha.upload(case_id, form, "queue.jpg", picture(colour))
    with engine.connect() as connection:
        assert len(connection.execute(select(attachment.c.id)).all()) == 2


def test_a_template_in_the_customers_language(
    somebody: Somebody, app: Flask, engine: Engine, riverside: Shop, poster: str, phone: Phone
) -> None:
    Phone(app, "uk").answer(poster, 4, comment="Черга.")
    with engine.begin() as connection:
        texts = {"uk": "Перепрошуємо за чергу в {store}.", "en": "We are sorry."}
        template = replies.add(connection, riverside.region, "Queue", texts, "Olena")
        elsewhere = make_shop(connection, "Hilltop", beside=riverside)
        foreign = replies.add(connection, elsewhere.region, "Theirs", {"en": "Theirs."}, "Olena")
    olha = somebody()
    page = olha.client.get("/cases/1").text
    assert f'href="/cases/1?template={template}&amp;into=resolve#resolve"' in page
    assert "Theirs" not in page
    page = olha.client.get(f"/cases/1?template={template}&into=resolve").text
    assert 'lang="uk" required>Перепрошуємо за чергу в Riverside.</textarea>' in page
    for query in (f"template={foreign}&into=reply", f"template={template}&into=comment", "template=x&into=reply"):
        filled = re.findall(r"<textarea[^>]*>(.+?)</textarea>", olha.client.get(f"/cases/1?{query}").text)
        assert filled == []


def test_a_case_of_nobody_cannot_be_written_to(
    somebody: Somebody, engine: Engine, settings: Settings, riverside: Shop
) -> None:
    olha = somebody()
    with engine.begin() as connection:
        by = Doer("Olha", riverside.store, NOW)
        where: dict[str, int] = {"store_id": riverside.store, "touchpoint_id": riverside.exit}
        open_by_hand(connection, settings, by, **where, kind="complaint", subject="The floor is wet.")
    page = olha.read("/cases/1")
    assert "What it is about 11:52 The floor is wet." in page
    assert "For the customer" not in page
    assert not {"reply", "wait"} & set(olha.offered(1))
    olha.does(1, "take")
    assert olha.offered(1)[0] == "resolve"


def test_what_nobody_can_do(somebody: Somebody, engine: Engine, complaint: Complaint) -> None:
    case_id, _ = complaint
    olha = somebody()
    form = {"csrf_token": olha.client.get("/account").text.split('name="csrf_token" value="')[1].split('"')[0]}
    assert olha.client.post(f"/cases/{case_id}/forget", data=form).status_code == 404
    assert olha.client.get(f"/cases/{case_id}/take").status_code == 405
    with engine.connect() as connection:
        assert connection.scalars(select(case_event.c.kind)).all() == ["opened"]


def test_the_customer_is_no_name_in_the_log(
    somebody: Somebody, engine: Engine, settings: Settings, complaint: Complaint
) -> None:
    case_id, _ = complaint
    olha = somebody()
    olha.does(case_id, "resolve", comment="Mended.")
    with engine.begin() as connection:
        changes.customer_recovers(connection, settings, case_id, 2, "Better now.", NOW, "a key")
        changes.customer_reopens(connection, settings, case_id, "Cold again.", NOW, "another key")
        changes.comment(connection, settings, case_id, Doer("Olha", 3, NOW), "Hm.")
    page = olha.read(f"/cases/{case_id}")
    assert "The customer said how it is now: good: “Better now.”" in page
    assert "The customer opened it again: “Cold again.”" in page
