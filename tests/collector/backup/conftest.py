"""An installation to save, and an empty place to restore it into: both with a database at a server of somebody else."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from collector.database import make_engine
from collector.settings import Settings
from tests.collector.backup.full import fill
from tests.conftest import port_settings


@pytest.fixture
def full(settings: Settings, engine: Engine, tmp_path: Path) -> Settings:
    """Settings of an installation with something in every table."""
    settings = replace(settings, data=tmp_path / "full")
    fill(engine, settings)
    return settings


@pytest.fixture
def empty(postgres: Settings, settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an installation that is not there yet."""
    name = settings.database.split("/test_")[1].split("?")[0] + "_restored"
    with psycopg.connect(postgres.database_url, dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE test_{name} TEMPLATE template0".encode())
    url = postgres.database_url.replace("/smilepost?", f"/test_{name}?")
    yield Settings.load(environ={}, data=tmp_path / "empty", database=url, **port_settings())
    with psycopg.connect(postgres.database_url, dbname="postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE test_{name} WITH (FORCE)".encode())


@pytest.fixture
def restored_engine(empty: Settings) -> Iterator[Engine]:
    engine = make_engine(empty)
    yield engine
    engine.dispose()
