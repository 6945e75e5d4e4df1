"""The pages of releases: what there is, a roll-out from its beginning to its end, and each of its kiosks."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from collector import clock
from collector.accounts.guard import guard
from collector.accounts.viewer import viewer
from collector.current import database, now, settings
from collector.fleet.releases import releases
from collector.fleet.rollout import changes, words
from collector.fleet.rollout.plan import Plan
from collector.fleet.rollout.queries import Rollout, kiosks_of, visible_rollout, visible_rollouts
from collector.fleet.rollout.stages import stages
from collector.fleet.rollout.steps import State
from collector.fleet.rollout.takers import affected
from collector.forms import sent_key
from collector.places.queries import below, visible_place
from collector.places.seen import seen_place
from collector.places.tables import place

pages = Blueprint("rollouts", __name__, template_folder="templates")
guard(pages, change="fleet", preview="fleet", ask="fleet")

#: How many roll-outs, and how many kiosks of a stage, a page shows.
ROLLOUTS, KIOSKS = 20, 200
#: What somebody can do with a roll-out, by the states that it can be in.
DEEDS = {
    "go-on": (changes.go_on, ("halted",)),
    "end": (changes.end, ("running", "halted")),
    "back": (changes.go_back, ("running", "halted", "done", "ended")),
}

for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)


@pages.get("/releases")
def home() -> ResponseReturnValue:
    with database().connect() as connection:
        found = releases(connection)
        rollouts = visible_rollouts(connection, viewer().place_id, limit=ROLLOUTS)
        named = select(place.c.id, place.c.name, place.c.kind, place.c.path).where(below(viewer().place_id))
        places = connection.execute(named.order_by(place.c.path)).all()
    by_number: defaultdict[int, list[Any]] = defaultdict(list)
    for each in found:
        by_number[each.number].append(each)
    numbers = sorted(by_number.items(), reverse=True)
    return render_template("rollout/releases.html", numbers=numbers, rollouts=rollouts, places=places)


@pages.get("/roll-outs/new")
def preview() -> ResponseReturnValue:
    """Who is affected, and who cannot take it and why; nothing happens yet."""
    number, place_id = _asked("number", request.args), _asked("place", request.args)
    with database().connect() as connection:
        at = seen_place(connection, place_id)
        found = affected(connection, place_id, number, now())
    if not found.versions:
        abort(404)
    in_stages = stages(found.candidates, Plan(), number)
    why = Counter(found.others.values())
    return render_template(
        "rollout/new.html",
        number=number,
        place=at,
        found=found,
        others=[(reason, sorted(k for k, w in found.others.items() if w == reason)) for reason, _ in why.most_common()],
        first=next((kiosk for kiosk, stage in in_stages.items() if stage == 0), None),
        sizes=[list(in_stages.values()).count(stage) for stage in range(3)],
        plan=Plan(),
    )


@pages.post("/roll-outs/new")
def begin() -> ResponseReturnValue:
    number, place_id, key = _asked("number", request.form), _asked("place", request.form), sent_key()
    try:
        with database().begin() as connection:
            if visible_place(connection, viewer().place_id, place_id) is None:
                abort(404)
            who, when = viewer().name, _time()
            rollout_id, _ = changes.begin(connection, place_id, number, Plan(), who, when, f"console/{key}")
    except changes.CannotChange as problem:
        flash(str(problem))
        return redirect(url_for("rollouts.home"))
    return redirect(url_for("rollouts.rollout", rollout_id=rollout_id))


@pages.get("/roll-outs/<int:rollout_id>")
def rollout(rollout_id: int) -> ResponseReturnValue:
    return render_template("rollout/rollout.html", **_shown(rollout_id))


@pages.get("/roll-outs/<int:rollout_id>/now")
def rollout_now(rollout_id: int) -> ResponseReturnValue:
    """The moving part of a roll-out's page, for the script that keeps it up to date."""
    return render_template("rollout/now.html", **_shown(rollout_id))


@pages.get("/roll-outs/<int:rollout_id>/<do>")
def ask(rollout_id: int, do: str) -> ResponseReturnValue:
    """What will happen, before it does."""
    if do not in DEEDS:
        abort(404)
    found = _visible(rollout_id)
    if found.state not in DEEDS[do][1]:
        return redirect(url_for("rollouts.rollout", rollout_id=rollout_id))
    return render_template("rollout/ask.html", rollout=found, do=do)


@pages.post("/roll-outs/<int:rollout_id>/<do>")
def change(rollout_id: int, do: str) -> ResponseReturnValue:
    if do not in DEEDS:
        abort(404)
    key = f"console/{do}/{sent_key()}"
    _visible(rollout_id)
    try:
        with database().begin() as connection:
            DEEDS[do][0](connection, rollout_id, viewer().name, _time(), key)
    except changes.CannotChange as problem:
        flash(str(problem))
    return redirect(url_for("rollouts.rollout", rollout_id=rollout_id))


def _shown(rollout_id: int) -> dict[str, Any]:
    found = _visible(rollout_id)
    with database().connect() as connection:
        kiosks = [kiosks_of(connection, viewer().place_id, rollout_id, stage=stage, limit=KIOSKS) for stage in range(3)]
    order = list(words.WORST_FIRST)
    sorted_kiosks = [sorted(some, key=lambda row: order.index(State(row.state))) for some in kiosks]
    deeds = [do for do, (_, states) in DEEDS.items() if found.state in states and viewer().may("fleet")]
    return {"rollout": found, "kiosks": sorted_kiosks, "most": KIOSKS, "deeds": deeds}


def _visible(rollout_id: int) -> Rollout:
    with database().connect() as connection:
        found = visible_rollout(connection, viewer().place_id, rollout_id)
    if found is None:
        abort(404)
    return found


def _asked(name: str, values: Any) -> int:
    value = values.get(name, type=int)
    if value is None or not 0 < value < 2**31:
        abort(404)
    return int(value)


def _time() -> datetime:
    """Of the machine, as what kiosks say is dated."""
    return now() - clock.ahead(settings())
