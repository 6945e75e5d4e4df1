"""All tables in one place, for migrations and for whoever wants to see them whole."""

from collector.accounts import tables as _accounts
from collector.cases import tables as _cases
from collector.database import metadata
from collector.fleet import tables as _fleet
from collector.ingest import tables as _ingest
from collector.links import tables as _links
from collector.notify import tables as _notify
from collector.places import tables as _places
from collector.queue import tables as _queue
from collector.ratings import tables as _ratings
from collector.slips import tables as _slips
from collector.surveys import tables as _surveys

__all__ = ["metadata"]
_ = (_accounts, _cases, _fleet, _ingest, _links, _notify, _places, _queue, _ratings, _slips, _surveys)
