"""Places are set up by people, and whatever ends can be brought back."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from collector.places.queries import touchpoints, visible_stores
from collector.places.tables import place
from tests.collector.pages import send
from tests.factories import Shop, make_kiosk, make_ratings

Browser = Callable[..., FlaskClient]
WEEK = {"hours-mon": "09:00-13:00 14:00-21:00", "hours-sat": "10:00 – 18:00"}


@pytest.fixture
def admin(browser: Browser, riverside: Shop) -> FlaskClient:
    return browser(riverside.organisation)


def names(engine: Engine, top: int) -> list[str]:
    with engine.connect() as connection:
        return [each.name for each in visible_stores(connection, top)]


def stops(engine: Engine, store: int) -> list[str]:
    with engine.connect() as connection:
        return [each.name for each in touchpoints(connection, store)]


def test_a_new_store_with_its_hours_and_its_way(admin: FlaskClient, engine: Engine, riverside: Shop) -> None:
    path = f"/places/{riverside.region}/new/store"
    answer = send(admin, path, name="  Old   Town ", time_zone="Europe/Warsaw", **WEEK)
    assert answer.status_code == 302
    made = int(answer.headers["Location"].rsplit("/", 1)[1])
    with engine.connect() as connection:
        row = connection.execute(select(place).where(place.c.id == made)).one()
    assert (row.name, row.time_zone, row.path) == (
        "Old Town", "Europe/Warsaw", [riverside.organisation, riverside.region, made],
    )  # fmt: skip
    assert row.opening_hours == {"mon": [["09:00", "13:00"], ["14:00", "21:00"]], "sat": [["10:00", "18:00"]]}

    for name in ("Entrance", "Checkout", "Exit"):
        send(admin, f"/places/{made}", f"/places/{made}/touchpoints", name=name)
    page = admin.get(f"/places/{made}").get_data(as_text=True)
    ids = [int(each) for each in re.findall(r'id="touchpoint-(\d+)"', page)]
    send(admin, f"/places/{made}", f"/places/{made}/touchpoints/{ids[2]}", do="earlier", name="Exit")
    send(admin, f"/places/{made}", f"/places/{made}/touchpoints/{ids[0]}", do="rename", name="Door")
    send(admin, f"/places/{made}", f"/places/{made}/touchpoints/{ids[1]}", do="end", name="Checkout")
    assert stops(engine, made) == ["Door", "Exit"]
    send(admin, f"/places/{made}", f"/places/{made}/touchpoints", name="checkout")  # it is the same one again
    assert stops(engine, made) == ["Door", "Exit", "Checkout"]

    again = send(admin, path, name="old town", time_zone="Europe/Warsaw")
    assert again.status_code == 422
    assert "There is a place called old town here already." in again.get_data(as_text=True)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": " . "}, "Give it a name"),
        ({"name": "x" * 81}, "A name has at most 80 letters."),
        ({"time_zone": "Mars/Olympus"}, "Choose a time zone of the list"),
        ({"hours-mon": "nine to five"}, "Write hours like this"),
        ({"hours-mon": "09:00-13:00 12:00-14:00"}, "Write hours like this"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(
    admin: FlaskClient, riverside: Shop, typed: dict[str, str], said: str
) -> None:
    answer = send(admin, f"/places/{riverside.store}", **{"name": "Riverside", "time_zone": "Europe/Kyiv", **typed})
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def test_what_is_taken_out_is_seen_by_nobody_until_it_is_brought_back(
    admin: FlaskClient, browser: Browser, program: Callable[..., Any], engine: Engine, riverside: Shop
) -> None:
    with engine.begin() as connection:
        cursor = make_kiosk(connection, riverside, "exit-1")
        make_ratings(connection, cursor, [1, 4])
    manager, till = browser(riverside.store, role="store"), program(riverside.store)
    assert till("stores").status_code == 200
    assert manager.get(f"/stores/{riverside.store}").status_code == 200
    end = f"/places/{riverside.region}", f"/places/{riverside.region}/end"
    answer = send(admin, *end)
    assert "The kiosk exit-1 stands there. Move or retire it first." in follow(admin, answer)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE kiosk SET state = 'retired'")
    assert "is taken out" in follow(admin, send(admin, *end))
    assert names(engine, riverside.organisation) == []
    # Its people and its programs come no more, until it is back.
    assert manager.get("/reports").location.startswith("/sign-in")
    assert till("stores").status_code == 401
    alone = send(admin, "/places", f"/places/{riverside.store}/bring-back")
    assert "The place above it has ended, too." in follow(admin, alone)
    assert "is back" in follow(admin, send(admin, "/places", f"/places/{riverside.region}/bring-back"))
    assert names(engine, riverside.organisation) == ["Riverside"]
    assert "2 ratings" in manager.get(f"/stores/{riverside.store}").get_data(as_text=True)
    assert till("stores").status_code == 200


def test_who_set_a_place_up_is_written_down_and_stays(admin: FlaskClient, riverside: Shop) -> None:
    own = f"/places/{riverside.store}"
    send(admin, f"/places/{riverside.region}/new/store", name="Old Town", time_zone="Europe/Kyiv")
    send(admin, own, name="Riverbank", time_zone="Europe/Kyiv")
    send(admin, own, f"{own}/touchpoints", name="Entrance")
    send(admin, f"{own}/board/links", name="Hall")
    send(admin, f"{own}/board/links", "/board-links/1/end")
    send(admin, own, f"{own}/end")
    said = re.findall(r"account-\d+ ([^·]+?)</p>", " ".join(admin.get("/audit").text.split()))
    assert said == [
        *("took out Riverbank", "ended board link 1", "made board link 1"),
        *("changed the settings of Riverbank",) * 2,
        "made Old Town",
    ]
    assert admin.get("/audit?action=ended-place").text.count("took out") == 1
    send(admin, "/places", f"{own}/bring-back")
    assert "put back Riverbank" in " ".join(admin.get("/audit").text.split())


def test_a_table_of_stores_says_first_what_it_would_do(admin: FlaskClient, engine: Engine, riverside: Shop) -> None:
    path = f"/places/{riverside.organisation}/table"
    lines = [
        "Store;Region;Opening hours;Touchpoints",
        "Riverside;Region of Riverside;mon-sun 00:00-24:00;Checkout, Exit, Café",
        'Старе місто;Захід;"mon-fri 09:00-21:00, sat 10:00-18:00";Вхід, Каса',
        "Kiosk;;;",
    ]
    text = "\n".join(lines)
    file = {"file": (BytesIO(("\ufeff" + text).encode()), "stores.csv"), "text": ""}
    shown = send(admin, path, **file)
    page = shown.get_data(as_text=True)
    assert shown.status_code == 200
    assert "This is what it would do." in page
    assert "new touchpoints: Café" in page
    assert names(engine, riverside.organisation) == ["Riverside"]
    assert send(admin, path, text=text, do="take").status_code == 302
    assert names(engine, riverside.organisation) == ["Riverside", "Старе місто", "Kiosk"]
    assert stops(engine, riverside.store) == ["Checkout", "Exit", "Café"]
    again = send(admin, path, text=text).get_data(as_text=True)
    assert again.count("as it is") == 3  # the same table twice is once
    many = [
        f"Store of the long name, number {number};;mon-sun 09:00-21:00;Entrance, Checkout, Exit"
        for number in range(999)
    ]
    assert send(admin, path, text="\n".join(["store;region;opening hours;touchpoints", *many])).status_code == 200

    wrong = send(admin, path, text=text + "\nNowhere;;tomorrow;\nKiosk;;;", do="take")
    page = wrong.get_data(as_text=True)
    assert wrong.status_code == 422
    assert "2 lines do not fit yet; nothing has been changed." in page
    assert "This store stands here twice." in page
    assert "name the columns" in send(admin, path, text="a;b\n1;2").get_data(as_text=True)


def test_those_of_a_place_change_their_own_and_nothing_else(browser: Browser, riverside: Shop) -> None:
    manager, region = browser(riverside.store, role="store"), browser(riverside.region, role="region")
    assert manager.get("/places").status_code == 403
    assert region.get(f"/places/{riverside.store}").status_code == 200
    assert region.get(f"/places/{riverside.organisation}").status_code == 404
    assert region.get(f"/places/{riverside.region}/new/store").status_code == 403
    assert region.get(f"/places/{riverside.region}/table").status_code == 403


def follow(client: FlaskClient, answer: TestResponse) -> str:
    return client.get(answer.headers["Location"]).get_data(as_text=True)
