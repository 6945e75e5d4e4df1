"""The pages of personal data: an address is typed and stands in no link, and who looks is written down."""

import json
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from tests.collector.customers import words
from tests.collector.personal.conftest import ADDRESS, WORDS, Customer, everything
from tests.factories import Shop, make_shop

Browser = Callable[[int], FlaskClient]


def look_for(client: FlaskClient, typed: str) -> TestResponse:
    return client.post("/personal", data={**token(client.get("/personal")), "who": typed}, follow_redirects=True)


def token(page: TestResponse) -> dict[str, str]:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.text
    return {"csrf_token": found[1]}


def meant(page: TestResponse) -> dict[str, str]:
    """The hidden fields of the page of a person."""
    assert "Erase for good" in page.text, words(page)
    form = page.text[page.text.index('action="/personal/erase"') :]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


@pytest.mark.parametrize("typed", [ADDRESS, "Oksana@Example.org ", "#{case}", "{case}", "{code}", "HTTPS://X/Q/{code}"])
def test_a_customer_is_found_by_what_they_have(oksana: Customer, browser: Browser, riverside: Shop, typed: str) -> None:
    page = look_for(browser(riverside.store), typed.format(case=oksana.case, code=oksana.code))
    assert "A customer's data" in words(page)
    assert f"Case #{oksana.case}" in words(page)


def test_whoever_is_not_there_is_not_found(oksana: Customer, browser: Browser, riverside: Shop, engine: Engine) -> None:
    client = browser(riverside.store)
    assert "Nothing is kept of this customer here." in words(look_for(client, "nobody@example.org"))
    assert "Nothing is kept of this customer here." in words(look_for(client, "#999999"))
    assert "Nothing is kept of this customer here." in words(look_for(client, "A" * 28))
    assert "Write an e-mail address" in words(look_for(client, "Oksana"))
    with engine.begin() as connection:
        other = make_shop(connection, "Lakeside", beside=riverside)
    elsewhere = browser(other.region)
    for typed in (ADDRESS, f"#{oksana.case}", oksana.code):
        assert "Nothing is kept of this customer here." in words(look_for(elsewhere, typed))
    assert elsewhere.get(f"/personal/cases/{oksana.case}").status_code == 404
    for path in ("/personal/export", "/personal/erase"):
        for whom in (meant(look_for(client, ADDRESS)), meant(look_for(client, f"#{oksana.case}"))):
            sent = {**whom, **token(elsewhere.get("/personal")), "sure": "1"}
            assert elsewhere.post(path, data=sent).status_code == 404


def test_export_is_a_file_with_everything(oksana: Customer, browser: Browser, riverside: Shop) -> None:
    client = browser(riverside.store)
    exported = client.post("/personal/export", data=meant(look_for(client, ADDRESS)))
    assert exported.headers["Content-Disposition"] == "attachment; filename=personal-data.json"
    assert json.loads(exported.text)["answers"][0]["comment"] == WORDS
    log = words(client.get("/audit"))
    assert f"exported case #{oksana.case}" in log


def test_erasing_asks_whether_one_is_sure_and_then_erases(
    oksana: Customer, browser: Browser, riverside: Shop, engine: Engine
) -> None:
    client = browser(riverside.store)
    whom = meant(client.get(f"/personal/cases/{oksana.case}"))
    assert "Nothing was erased" in words(client.post("/personal/erase", data=whom, follow_redirects=True))
    assert WORDS in everything(engine)
    done = client.post("/personal/erase", data={**whom, "sure": "1"}, follow_redirects=True)
    assert "Erased. The ratings stay" in words(done)
    assert WORDS not in everything(engine)
    again = client.post("/personal/erase", data={**whom, "sure": "1"}, follow_redirects=True)
    assert "There was nothing left to erase." in words(again)
    assert words(client.get("/audit?action=erased")).count("case #") == 1


def test_the_register_says_what_is_kept_for_what_and_until_when(
    oksana: Customer, browser: Browser, riverside: Shop
) -> None:
    page = words(browser(riverside.region).get("/personal"))
    assert "Contacts 1 next ends 20 February 2027" in page
    assert "Comments 1" in page
    assert "erased on 20 February 2027" in page
    assert ADDRESS not in page


def test_each_form_is_one_of_ours(oksana: Customer, browser: Browser, riverside: Shop) -> None:
    client = browser(riverside.store)
    for path in ("/personal", "/personal/export", "/personal/erase"):
        assert client.post(path, data={"who": ADDRESS, "case": oksana.case, "sure": "1"}).status_code == 400


def test_the_log_shows_a_place_its_own(oksana: Customer, browser: Browser, riverside: Shop, engine: Engine) -> None:
    client = browser(riverside.store)
    client.post("/personal/export", data=meant(look_for(client, ADDRESS)))
    with engine.begin() as connection:
        other = make_shop(connection, "Lakeside", beside=riverside)
    assert "exported" in words(browser(riverside.organisation).get("/audit"))
    assert "Nobody has done anything" in words(browser(other.region).get("/audit"))
    assert "Nobody has done anything" in words(client.get("/audit?action=erased"))
