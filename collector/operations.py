"""How machines watch this one: /healthz (it is up), /readyz (it can do its work), /metrics (Prometheus)."""

import contextlib
import ipaddress
import socket
from collections import Counter as Counts
from collections.abc import Iterable

import psycopg
from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine, Row, text
from sqlalchemy.exc import SQLAlchemyError

from collector import current, migrations, standby
from collector.accounts.guard import guard
from collector.accounts.viewer import bearer
from collector.api.problems import problem
from collector.database import driver
from collector.fleet.alarms import Kind
from collector.fleet.condition import SILENT_AFTER
from collector.ingest import watch
from collector.ingest.state import Doing, known_states, read_states
from collector.insights.fragments import MONTH
from collector.settings import Settings
from collector.slips.queries import count_printers
from collector.standby import Standby

probes = Blueprint("operations", __name__)
guard(probes, see="nothing")

#: How long /readyz waits for the broker's port, s.
BROKER_PATIENCE = 1.0


@probes.get("/healthz")
def healthz() -> ResponseReturnValue:
    return jsonify(status="up")


@probes.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Whether the work can be done: 200, or 503 with what stands against it."""
    against = [*_against_database(current.database()), *_against_broker(current.settings())]
    against = against or [*_against_intake(current.database(), current.settings())]
    if against:
        return problem(503, "Not ready", " ".join(against))
    return jsonify(status="ready")


def _against_database(engine: Engine) -> Iterable[str]:
    try:
        if not migrations.is_current(engine):
            yield "The database does not have this version's shape: `smilepost doctor --mend` brings it up to date."
    except SQLAlchemyError:
        yield "The database cannot be reached."


def _against_broker(settings: Settings) -> Iterable[str]:
    for address in settings.nodes or [settings.broker_address]:
        with contextlib.suppress(OSError):
            socket.create_connection((address.host, address.port), BROKER_PATIENCE).close()
            return
    yield "The broker cannot be reached."


def _against_intake(engine: Engine, settings: Settings) -> Iterable[str]:
    with engine.connect() as connection:
        troubles = watch.look(settings, connection, current.now())
    for trouble in troubles:
        if not trouble.others_work:
            yield " ".join(watch.sentences(trouble))


@probes.get("/metrics")
def metrics() -> ResponseReturnValue:
    """For this machine itself, and for tokens with the scope `metrics`."""
    if not _from_this_machine():
        asks = bearer()
        if asks is None or "metrics" not in asks.scopes:
            abort(403, "From another machine, send a token with the scope 'metrics'.")
    registry: CollectorRegistry = current_app.extensions["metrics"]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _from_this_machine() -> bool:
    # Behind a proxy on this machine everybody comes from 127.0.0.1; a proxy says for whom it asks.
    proxied = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"))
    return not proxied and ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback  # noqa: S104


def make_registry(engine: Engine, settings: Settings) -> tuple[CollectorRegistry, Counter]:
    """The metrics of one application, and among them the counter of its requests."""
    registry = CollectorRegistry()
    registry.register(_FromDatabase(engine, settings))
    registry.register(_FromIntake(settings))
    requests = Counter(
        "smilepost_http_requests",
        "Requests answered by the web process.",
        ["method", "route", "status"],
        registry=registry,
    )
    return registry, requests


class _FromDatabase(Collector):
    """What other processes did, read from the database when somebody asks."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine, self.settings = engine, settings

    def describe(self) -> Iterable[Metric]:
        return []  # otherwise registering it would ask the database

    def collect(self) -> Iterable[Metric]:
        try:
            with self.engine.connect() as connection:
                found = connection.execute(text(_FIGURES), {"silent_before": current.now() - SILENT_AFTER}).one()
                jobs = connection.execute(text(_JOBS)).all()
                printers = count_printers(connection, current.now())
                alarms = {row.kind: row.times for row in connection.execute(text(_ALARMS))}
                collectors = watch.judge(known_states(self.settings, connection, now := current.now()), now)
                standbys = standby.standbys(driver(connection))
                is_awaited = standby.is_awaited(driver(connection))
        except (SQLAlchemyError, psycopg.Error):
            yield GaugeMetricFamily("smilepost_database_up", "Whether the database answers.", value=0)
            return
        yield GaugeMetricFamily("smilepost_database_up", "Whether the database answers.", value=1)
        yield from _families(found)
        about = "Print jobs and deliveries that are not done."
        waiting = GaugeMetricFamily("smilepost_jobs", about, labels=["kind", "state"])
        for kind, state, count in jobs:
            waiting.add_metric([kind, state], count)
        yield waiting
        about = "Printers, by how they are as far as anybody knows."
        judged = GaugeMetricFamily("smilepost_printers", about, labels=["state"])
        for state, count in printers.items():
            judged.add_metric([state], count)
        yield judged
        odd = CounterMetricFamily("smilepost_alarms", "What was odd about kiosks, by kind.", labels=["kind"])
        for kind in Kind:
            odd.add_metric([kind], alarms.get(kind, 0))
        yield odd
        about = "Whether an ingest process takes ratings in, by machine."
        working = GaugeMetricFamily("smilepost_intake_working", about, labels=["machine"])
        for machine, trouble in collectors.items():
            working.add_metric([machine], trouble is None)
        yield working
        about = "Whether commits wait, for longer than they should, for a standby that does not answer."
        yield GaugeMetricFamily("smilepost_database_waits_for_standby", about, value=is_awaited)
        yield from _of_standbys(standbys)


def _of_standbys(standbys: Iterable[Standby]) -> Iterable[Metric]:
    def gauge(name: str, about: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(f"smilepost_standby_{name}", about, labels=["standby"])

    connected = gauge("connected", "Whether the database's standby receives its log.")
    synchronous = gauge("synchronous", "Whether commits wait for it, alone or for it or another one.")
    behind = gauge("behind_bytes", "What it does not show yet; while it is away, what is kept for it.")
    for each in standbys:
        connected.add_metric([each.name], each.is_connected)
        if each.sync_state is not None or not each.is_connected:  # else our role may not see it
            synchronous.add_metric([each.name], each.is_waited_for)
        if each.behind is not None:
            behind.add_metric([each.name], float(each.behind))
    yield from (connected, synchronous, behind)


class _FromIntake(Collector):
    """What the ingest processes of this machine say of themselves, with or without a database."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def describe(self) -> Iterable[Metric]:
        return []  # otherwise registering it would read files

    def collect(self) -> Iterable[Metric]:
        states = read_states(self.settings)
        doing = Counts(state.state for state in states)
        about = "Ingest processes of this machine, by what they do."
        processes = GaugeMetricFamily("smilepost_intake_processes", about, labels=["state"])
        for name in Doing:
            processes.add_metric([name], doing[name])
        yield processes
        about = "Messages in hand and not yet committed."
        in_hand = GaugeMetricFamily("smilepost_intake_waiting_messages", about, labels=["process"])
        about = "Records committed since the process began."
        committed = CounterMetricFamily("smilepost_intake_records", about, labels=["process"])
        about = "When the process said last how it is."
        told = GaugeMetricFamily("smilepost_intake_told_timestamp_seconds", about, labels=["process"])
        for state in states:
            in_hand.add_metric([str(state.pid)], state.waiting)
            committed.add_metric([str(state.pid)], state.records)
            told.add_metric([str(state.pid)], state.at.timestamp())
        yield from (in_hand, committed, told)


def _families(found: Row[tuple[float, ...]]) -> Iterable[Metric]:
    # Whatever their mark: marks come and go, and a counter only rises.
    about = "Customers' ratings stored, up to the last minute."
    yield CounterMetricFamily("smilepost_ratings_stored", about, value=found.counted + found.marked)
    yield GaugeMetricFamily("smilepost_ratings_marked", "Of these, how many are not counted.", value=found.marked)
    yield CounterMetricFamily("smilepost_records_received", "Records committed, of any kind.", value=found.received)
    yield GaugeMetricFamily("smilepost_records_on_their_way", "Recorded, not yet received.", value=found.on_their_way)
    yield CounterMetricFamily("smilepost_put_aside", "Messages and records put aside.", value=found.put_aside)
    yield CounterMetricFamily("smilepost_gaps", "Gaps in what kiosks recorded.", value=found.gaps)
    yield CounterMetricFamily("smilepost_records_lost", "Records inside those gaps.", value=found.lost)
    yield GaugeMetricFamily("smilepost_kiosks_enrolled", "Kiosks enrolled.", value=found.enrolled)
    yield GaugeMetricFamily("smilepost_kiosks_online", "Kiosks that are online and say so.", value=found.online)


_ALARMS = "SELECT kind, sum(times) AS times FROM kiosk_alarm GROUP BY kind"

_JOBS = "SELECT kind, state, count(*) FROM job WHERE state <> 'done' GROUP BY kind, state"

# Months of the places at the top: some rows for each, however many ratings there are.
_FIGURES = f"""
WITH heard AS MATERIALIZED (
    SELECT (SELECT sum(times) FROM unnest(counted) AS times) AS counted, marked
    FROM place JOIN place_day ON place_id = place.id AND touchpoint_id = {MONTH}
    WHERE parent_id IS NULL)
SELECT
    (SELECT coalesce(sum(counted), 0) FROM heard) AS counted,
    (SELECT coalesce(sum(marked), 0) FROM heard) AS marked,
    (SELECT coalesce(sum(seq), 0) FROM cursor) AS received,
    (SELECT coalesce(sum(greatest(recorded - seq, 0)), 0) FROM cursor) AS on_their_way,
    (SELECT coalesce(sum(times), 0) FROM put_aside) AS put_aside,
    (SELECT count(*) FROM gap) AS gaps,
    (SELECT coalesce(sum(last_seq - first_seq + 1), 0) FROM gap) AS lost,
    (SELECT count(*) FROM kiosk WHERE state = 'enrolled') AS enrolled,
    (SELECT count(*) FROM kiosk_status JOIN kiosk ON kiosk.id = kiosk_id
     WHERE kiosk.state = 'enrolled' AND kiosk_status.state = 'online' AND received_at > :silent_before) AS online
"""  # noqa: S608 - our own words
