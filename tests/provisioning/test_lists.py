"""Lists as people write them, and the report on paper."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.failure import Failure
from provisioning.batch.lists import EXAMPLE, Line, State, alone, read_list, report_of, resumed, rows, write_report
from provisioning.batch.printed import printed
from provisioning.collector import Touchpoint


class Shops:
    """What a collector says of its stores."""

    def __init__(self, **stores: tuple[str, ...]) -> None:
        self._stores = stores

    def stores(self) -> list[dict[str, Any]]:
        return [
            {
                "id": number,
                "name": name,
                "time_zone": "Europe/Kyiv",
                "opening_hours": {},
                "touchpoints": [{"id": 10 * number + n, "name": each} for n, each in enumerate(touchpoints)],
            }
            for number, (name, touchpoints) in enumerate(self._stores.items(), start=1)
        ]


SHOPS: Any = Shops(Riverside=("Exit", "Checkout"), Café=("Exit",))
PLACES = [("riverside", "Exit"), ("Café", " exit"), ("Riverside ", "CHECKOUT")]
EXIT = Touchpoint(10, "Exit", "Riverside", "Europe/Kyiv", {})


def read(folder: Path, text: str | bytes) -> list[Line]:
    path = folder / "kiosks.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_list(path, SHOPS)


def test_the_example_is_a_list(tmp_path: Path) -> None:
    assert [(line.at.name, line.kiosk) for line in read(tmp_path, EXAMPLE)] == [
        ("Exit", ""),
        ("Checkout", "riverside-checkout-2"),
    ]


@given(
    order=st.permutations(["Store", " touchpoint", "KIOSK", "note"]),
    delimiter=st.sampled_from(",;\t"),
    quoted=st.booleans(),
    mark=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    blanks=st.integers(0, 3),
    wanted=st.lists(
        st.tuples(
            st.sampled_from([("riverside", "Exit"), ("Café", " exit"), ("Riverside ", "CHECKOUT")]), st.booleans()
        ),
        min_size=1,
        max_size=8,
    ),
)
def test_lists_as_spreadsheets_write_them(
    tmp_path_factory: pytest.TempPathFactory,
    order: list[str],
    delimiter: str,
    quoted: bool,
    mark: bool,
    end: str,
    blanks: int,
    wanted: list[tuple[tuple[str, str], bool]],
) -> None:
    """Columns in any order, with a byte order mark, empty lines, quotes, and any of the three delimiters."""
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    writer = csv.DictWriter(text, order, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writeheader()
    for number, ((store, touchpoint), named) in enumerate(wanted):
        kiosk = f"k-{number}" if named else ""
        note = f"says “a{delimiter}b”,\nand more" if quoted else ""
        writer.writerow({"Store": store, " touchpoint": touchpoint, "KIOSK": kiosk, "note": note})
        text.write((delimiter * 3 + end) * blanks)
    content = text.getvalue().encode("utf-8-sig" if mark else "utf-8")
    lines = read(tmp_path_factory.mktemp("list"), content)
    assert [(line.at.store.casefold(), line.at.name.casefold(), line.kiosk) for line in lines] == [
        (store.strip().casefold(), touchpoint.strip().casefold(), f"k-{number}" if named else "")
        for number, ((store, touchpoint), named) in enumerate(wanted)
    ]


def test_each_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    text = "store,touchpoint,kiosk\nLakeside,Exit,\nRiverside,,\n\nRiverside,Roof,\nRiverside,Exit,Exit 1\n"
    with pytest.raises(Failure) as told:
        read(tmp_path, text + "Riverside,Exit,a\nCafé,Exit,a\n")
    at = tmp_path / "kiosks.csv"
    assert str(told.value).splitlines() == [
        "the list is not right yet, so nothing was done.",
        f"{at}, line 2: There is no store 'Lakeside'. There are: Café, Riverside.",
        f"{at}, line 3: It names no touchpoint.",
        f"{at}, line 5: Riverside has no touchpoint 'Roof'. It has: Exit, Checkout.",
        f"{at}, line 6: A kiosk's id has small letters, digits and hyphens, 32 at most; 'Exit 1' has not.",
        f"{at}: a stands in it twice. Each kiosk has an id of its own.",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n ,,\n", "is empty"),
        (b"store,touchpoint\n", "names no kiosk. Its lines are like these"),
        (b"shop,touchpoint\nRiverside,Exit\n", "has no column 'store'. Its first line names the columns"),
        (b"store,touchpoint\nRiverside, the big one,Exit\n", "line 2 has more cells than columns"),
        (b'store,touchpoint\n"Riverside,Exit\n', "line 2 cannot be read"),
        ("store,touchpoint\nКафе,Вихід\n".encode("cp1251"), "is not in UTF-8. Save it once more as “CSV UTF-8”"),
        (b"\x89PNG\r\n\x1a\n\xff", "is not in UTF-8"),
    ],
)
def test_what_is_no_list(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(Failure, match=said):
        read(tmp_path, content)
    with pytest.raises(Failure, match="cannot be read: No such file"):
        read_list(tmp_path / "nowhere.csv", SHOPS)
    with pytest.raises(Failure, match="cannot be read: Is a directory"):
        read_list(tmp_path, SHOPS)


def test_a_report_is_found_again_by_what_it_says_and_not_by_its_lines(tmp_path: Path) -> None:
    lines = read(tmp_path, "store,touchpoint,kiosk\nRiverside,Exit,\nRiverside,Exit,mine\nRiverside,Checkout,\n")
    lines[0].kiosk, lines[0].chip, lines[0].state = "riverside-exit", "aa", State.READY
    lines[1].chip, lines[1].state, lines[1].said = "bb", State.NOT_READY, "Sound: Nothing was heard."
    lines[2].kiosk, lines[2].chip, lines[2].state = "riverside-checkout", "cc", State.AT_WORK
    report = report_of(tmp_path / "kiosks.csv")
    write_report(report, lines)
    again = read(
        tmp_path, "store,touchpoint,kiosk\nRiverside,Checkout,\nRiverside,Exit,mine\nCafé,Exit,\nRiverside,Exit,\n"
    )
    assert [(line.kiosk, line.chip, line.state) for line in again] == [
        ("riverside-checkout", "cc", State.WAITS),
        ("mine", "bb", State.WAITS),
        ("", "", State.WAITS),
        ("riverside-exit", "aa", State.READY),
    ]


@given(st.lists(st.sampled_from(["", "a", "b"]), max_size=4), st.lists(st.sampled_from(["", "a", "b"]), max_size=4))
def test_no_kiosk_of_a_report_is_taken_twice(asked: list[str], known: list[str]) -> None:
    known_rows = [Line(EXIT, kiosk or f"made-{number}").reported for number, kiosk in enumerate(dict.fromkeys(known))]
    lines = resumed([Line(EXIT, kiosk) for kiosk in dict.fromkeys(asked)], known_rows)
    names = [line.kiosk for line in lines if line.kiosk]
    assert len(names) == len(set(names))
    assert [line.kiosk for line, kiosk in zip(lines, dict.fromkeys(asked), strict=True) if kiosk] == [
        kiosk for kiosk in dict.fromkeys(asked) if kiosk
    ]


def test_a_report_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"cannot be written: No such file or directory\. Without it nobody knows"):
        write_report(tmp_path / "nowhere" / "kiosks.report.csv", [])


def test_the_report_on_paper() -> None:
    lines = [Line(EXIT, f"riverside-exit-{number}", "pico_w", "e6614c311b7e6f35", State.READY) for number in range(60)]
    lines[1].state, lines[1].said = (
        State.NOT_READY,
        "Sound: Nothing was heard. Is the sounder a passive one, at its pin?",
    )
    lines[2].seconds, lines[2].done_at, lines[2].by = 71.2, "2026-11-22T14:05:06+02:00", "Оксана"
    lines[3].state = State.WAITS
    document = pypdfium2.PdfDocument(printed(lines, "kiosks.csv", datetime(2026, 11, 22, 12, tzinfo=UTC)))
    pages = [page.get_textpage().get_text_bounded() for page in document]
    assert [round(side / 72 * 25.4) for side in document[0].get_size()] == [297, 210]
    assert len(pages) > 1
    text = " ".join(" ".join(pages).split())
    assert "kiosks.csv: 58 of 60 ready, 1 to mend, 1 to do" in text
    assert "Nothing was heard. Is the sounder" in text
    for found in ("riverside-exit-59", "pico_w", "e6614c311b7e6f35", "71 s", "2026-11-22 14:05", "Оксана", "page 1 of"):
        assert found in text
    document.close()


def test_rows_know_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "any.csv"
    path.write_text('a,b\n\n1,"2\n3"\n4\n')
    assert list(rows(path, ("a",))) == [(4, {"a": "1", "b": "2\n3"}), (5, {"a": "4", "b": ""})]


@pytest.mark.parametrize("name", ["=1+1", "+49", "-3", "@home", "'=quoted", "Riverside"])
def test_a_spreadsheet_computes_nothing_of_a_report_and_it_is_read_as_it_was(tmp_path: Path, name: str) -> None:
    shops: Any = Shops(**{name: ("Exit",)})
    path = tmp_path / "kiosks.csv"
    path.write_text(f"store,touchpoint\n{name},Exit\n")
    [line] = read_list(path, shops)
    line.state, line.said = State.READY, "=HYPERLINK()"
    write_report(report_of(path), [line])
    with report_of(path).open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@"}]
    assert read_list(path, shops) == [line]


def test_one_list_is_worked_on_by_one(tmp_path: Path) -> None:
    path = tmp_path / "kiosks.csv"
    with alone(path), pytest.raises(Failure, match=r"Somebody works on .* already"), alone(path):
        pass
    with alone(path):
        pass
