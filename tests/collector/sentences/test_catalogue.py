"""What printers, kiosks and workers say in English is in the catalogue, as they say it."""

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from collector.cases.rules.policy import CasePolicy
from collector.fleet.rollout import rules
from collector.fleet.rollout.plan import Plan
from collector.fleet.rollout.stages import ALL, FIRST
from collector.fleet.rollout.steps import Member, State
from collector.sentences import changes, kiosks, messages, printing, technicians
from collector.sentences.words import KNOWN, PIECES
from printer.profiles import PAGE_NAMES, PROFILES
from tests.factories import NOW

ROOT = Path(__file__).parents[3]
#: Who says sentences that are kept: each whole sentence in these files is in the catalogue.
WHO = (
    "printer/condition.py",
    "printer/transport/delivery.py",
    "printer/transport/address.py",
    "printer/transport/tcp.py",
    "collector/slips/spool.py",
    "collector/slips/relay.py",
    "collector/slips/fetch/clock.py",
    "collector/slips/fetch/cloudprnt.py",
    "collector/slips/fetch/epson_sdp.py",
    "collector/queue/jobs.py",
    "collector/queue/worker.py",
    "collector/notify/deliver.py",
    "collector/notify/email.py",
    "collector/contacts/judging.py",
    "collector/contacts/policy.py",
    "collector/fleet/rollout/steps.py",
    "collector/fleet/rollout/returns.py",
    "collector/fleet/rollout/changes.py",
    "collector/fleet/settings/giving.py",
    "collector/ingest/frames.py",
    "collector/ingest/registry.py",
    "collector/ingest/cursors.py",
    "collector/press_filter/runs.py",
    "collector/surveys/publish.py",
    "firmware/kiosk/commands.py",
    "firmware/printing/memory.py",
    "firmware/printing/__init__.py",
)
#: Who says others besides.
OTHERS = (
    "printer/profiles.py",
    "printer/slip.py",
    "firmware/printing/station.py",
    "firmware/kiosk_main.py",
    *(
        f"firmware/kiosk/{name}.py"
        for name in ("app", "former", "installing", "screen", "self_test", "slots", "tls", "trial", "updates")
    ),
    "provisioning/acceptance.py",
    "collector/slips/printers.py",
    "collector/queue/queries.py",
    "collector/notify/message.py",
    "collector/notify/sms.py",
    "collector/notify/webhooks.py",
    "collector/contacts/outgoing.py",
    "collector/reports/mail.py",
    "collector/addresses.py",
    *(
        f"collector/ingest/{name}.py"
        for name in ("amqp_source", "committer", "intake", "mqtt_source", "rows", "writer")
    ),
    "collector/ratings/past.py",
    "collector/fleet/settings/given.py",
)
#: In these files, but no page shows them: for programs, or the frame of what is in the catalogue in parts.
NOT_KEPT = re.compile(r"Look at|There is no purpose|Release .* is no longer to be had\.|its printer.json|^It runs %")
#: Put together from parts.
TOGETHER = re.compile(
    r"^(Of |Only |1 kiosk|%\(count\)s kiosks were|It runs |Release .*(signed|arrive|fit|back|longer)"
    r"|%\(kiosks\)s and|%\(name\)s (looked|had it sent)|The (database|broker) (is|refuses|cannot)|buttons? "
    r"|pressed, recorded)"
)
_GETTEXT = {"_", "ngettext"}


@pytest.mark.parametrize("file", WHO)
def test_each_sentence_that_is_kept_can_be_said_in_each_language(file: str) -> None:
    said = [text for text in _texts(ROOT / file, by_itself=True) if re.match(r"[A-Z].* .*[.?]$", text, re.DOTALL)]
    unknown = [text for text in said if not (NOT_KEPT.search(text) or _is_known(text))]

    assert not unknown


def test_each_sentence_of_the_catalogue_is_one_that_somebody_says() -> None:
    said = "\n".join(_plain(text) for file in (*WHO, *OTHERS) for text in _texts(ROOT / file))
    catalogue = (
        *printing.SENTENCES,
        *messages.SENTENCES,
        *kiosks.SENTENCES,
        *kiosks.PIECES,
        *changes.SENTENCES,
        *technicians.SENTENCES,
    )
    nobody = [each for each in catalogue if not TOGETHER.match(each) and _plain(each) not in said]

    assert not nobody


def test_names_of_ours_can_be_said_too() -> None:
    kinds = [each.name for each in PROFILES.values()]
    ours = [*PAGE_NAMES.values(), *CasePolicy().root_causes]

    assert all(KNOWN.read(each) for each in ours)
    assert all((read := KNOWN.read(each)) and {"kind", "width"} <= set(read.values) for each in kinds)


@pytest.mark.parametrize(("failed", "silent", "asked"), list(product((0, 1, 2), (0, 1, 2), (1, 40))))
def test_why_a_roll_out_halts(failed: int, silent: int, asked: int) -> None:
    wrong = [State.FAILED] * failed + [State.SILENT] * silent
    members = [
        Member(f"kiosk-{at}", FIRST, state, NOW, NOW)
        for at, state in enumerate([*wrong, *[State.DONE] * (asked - len(wrong))])
    ]
    for stage in (FIRST, ALL):
        why = rules.why_halt(stage, members, Plan(failures=0, failing=1))
        assert why is None or KNOWN.read(why)


@pytest.mark.parametrize(("count", "away"), list(product((1, 7), (60, 120, 86_400, 172_800))))
def test_who_missed_a_roll_out(count: int, away: int) -> None:
    why = rules.missed([Member(f"kiosk-{at}", ALL) for at in range(count)], Plan(away=away))

    found = KNOWN.read(why or "")
    assert found
    assert count < 6 or PIECES.read(found.values["kiosks"])


def _is_known(text: str) -> bool:
    filled = re.sub(r"%\(\w+\)s", "7", text)
    return all(KNOWN.read(part) for part in KNOWN.parts(filled))


def _plain(text: str) -> str:
    return re.sub(r"%\(\w+\)s", "%s", text)


def _texts(file: Path, *, by_itself: bool = False) -> Iterator[str]:
    """The texts in a file of code; whatever is put into them is %(something)s.

    Parameters
    ----------
    by_itself: without those that are told in the reader's language at once.
    """
    tree = ast.parse(file.read_text())
    told = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) in _GETTEXT]
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    if by_itself:
        docs |= {id(part) for node in told for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "%(something)s" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (docs | inside):
            yield re.sub(r"%[ds]|\{\}|%\.\df|%%", "%(something)s", node.value)
