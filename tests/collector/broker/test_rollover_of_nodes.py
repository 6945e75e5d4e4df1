"""The roll-over of the CA at a RabbitMQ cluster: kiosks, collectors and nodes trust each other at every step."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from collector.broker.authority import Stage, stage_of
from collector.broker.errors import BrokerError
from collector.broker.examination import examine
from collector.broker.rollover import end, new, switch
from collector.fleet.credentials import Credentials
from collector.settings import Settings
from tests.collector.broker.test_rollover import trusts
from tests.rabbitmq import Node, Nodes


@pytest.fixture
def nodes(settings: Settings, tmp_path: Path) -> Iterator[Nodes]:
    """Two, none at work yet."""
    nodes = Nodes(settings, tmp_path / "nodes", 2)
    try:
        yield nodes
    finally:
        nodes.close()


@pytest.fixture
def installation(nodes: Nodes, settings: Settings, shop: Credentials) -> Settings:
    """It knows the first node alone, and has one kiosk that was never heard."""
    listeners = nodes.nodes[0].listeners
    return replace(
        nodes.settings(settings),
        broker=f"amqps://collector@localhost:{listeners.collectors}",
        broker_control=f"https://manager@localhost:{listeners.management}",
    )


@pytest.fixture
def folder(nodes: Nodes, tmp_path: Path) -> Path:
    """What was copied to the nodes."""
    folder = tmp_path / "copied"
    folder.mkdir()
    for name in ("inter_node_tls.config", "ca.pem", "broker.pem", "broker.key"):
        shutil.copy2(nodes.nodes[0].folder / name, folder)
    return folder


def test_nobody_is_cut_off_on_the_way_to_another_ca(nodes: Nodes, installation: Settings, folder: Path) -> None:
    first, second = nodes.nodes
    ca = installation.certificates / "ca.pem"
    nodes.start(1)
    old = ca.read_text()
    assert serves(first, old)
    assert lets_the_collector_in(installation)

    assert "Now copy ca.pem to /etc/rabbitmq on every node" in new(installation, [folder])
    both = ca.read_text()
    copy(folder, "ca.pem", first, second)
    assert serves(first, old)
    assert lets_the_collector_in(installation)

    said = switch(installation, ["exit-1"], [], [folder])
    assert "Now copy broker.pem to /etc/rabbitmq on every node" in said
    assert serves(first, both)
    assert lets_the_collector_in(installation)
    where = f"localhost:{first.listeners.collectors}"
    assert f"no certificate of the new CA is seen at {where}" in found(installation)
    with pytest.raises(BrokerError, match=f"{where}: no certificate of the new CA"):
        end(installation, [folder])

    # One has a certificate of the former CA still, the other of the new one.
    copy(folder, "broker.pem", second)
    second.start()
    nodes.wait_for(second)
    assert nodes.sees(first) == {first.name, second.name}
    assert not serves(second, old)
    copy(folder, "broker.pem", first)
    first.control("eval", "ssl:clear_pem_cache().")  # or it is read within two minutes
    assert not serves(first, old)
    assert serves(first, both)
    assert lets_the_collector_in(installation)
    assert "no certificate of the new CA" not in found(installation)

    assert "Now copy ca.pem to /etc/rabbitmq on every node" in end(installation, [folder])
    copy(folder, "ca.pem", first, second)
    for node in (first, second):
        assert serves(node, ca.read_text())
    assert lets_the_collector_in(installation)
    assert nodes.sees(first) == {first.name, second.name}


def test_a_step_that_forgets_the_nodes_is_refused(installation: Settings, folder: Path, tmp_path: Path) -> None:
    ca = installation.certificates / "ca.pem"
    old = ca.read_text()
    for step in (new, end):
        with pytest.raises(BrokerError, match="--rabbitmq FOLDER"):
            step(installation, [])
        with pytest.raises(BrokerError, match="no folder of"):
            step(installation, [tmp_path])
    assert stage_of(installation.certificates) is Stage.ALONE
    new(installation, [folder])
    with pytest.raises(BrokerError, match="--rabbitmq FOLDER"):
        switch(installation, ["exit-1"], [], [])
    (folder / "ca.pem").write_text(old)
    with pytest.raises(BrokerError, match="broker ca new --rabbitmq"):
        switch(installation, ["exit-1"], [], [folder])
    new(installation, [folder])  # again
    switch(installation, ["exit-1"], [], [folder])
    with pytest.raises(BrokerError, match="or start it"):  # none is at work
        end(installation, [folder])
    assert stage_of(installation.certificates) is Stage.SWITCHED


def copy(folder: Path, name: str, *nodes: Node) -> None:
    for node in nodes:
        shutil.copy2(folder / name, node.folder)


def serves(node: Node, ca: str) -> bool:
    """Whether a kiosk that trusts this alone finds it."""
    return trusts(node.listeners.kiosks, ca)


def lets_the_collector_in(settings: Settings) -> bool:
    found = next(examine(replace(settings, broker_control_password_file=None)))
    return "the collector can sign in" in found.what


def found(settings: Settings) -> str:
    return "\n".join(each.what for each in examine(settings))
