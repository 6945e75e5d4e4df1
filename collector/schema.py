"""All tables in one place, for migrations and for whoever wants to see them whole."""

from collector.accounts import tables as _accounts
from collector.database import metadata
from collector.fleet import tables as _fleet
from collector.ingest import tables as _ingest
from collector.places import tables as _places
from collector.surveys import tables as _surveys

__all__ = ["metadata"]
_ = (_accounts, _fleet, _ingest, _places, _surveys)
