"""All tables in one place, for migrations and for whoever wants to see them whole."""

from collector import shared_secrets as _shared_secrets
from collector.accounts import tables as _accounts
from collector.alerts import tables as _alerts
from collector.audit import tables as _audit
from collector.board import tables as _board
from collector.cases import tables as _cases
from collector.contacts import tables as _contacts
from collector.database import metadata
from collector.fleet import tables as _fleet
from collector.guide import tables as _guide
from collector.improvements import tables as _improvements
from collector.ingest import tables as _ingest
from collector.insights import tables as _insights
from collector.links import tables as _links
from collector.notify import tables as _notify
from collector.places import tables as _places
from collector.policies import tables as _policies
from collector.press_filter import tables as _press_filter
from collector.queue import tables as _queue
from collector.ratings import tables as _ratings
from collector.reports import tables as _reports
from collector.slips import tables as _slips
from collector.surveys import tables as _surveys

__all__ = ["metadata"]
_ = (
    _accounts,
    _alerts,
    _audit,
    _board,
    _cases,
    _contacts,
    _fleet,
    _guide,
    _improvements,
    _ingest,
    _insights,
    _links,
    _notify,
    _places,
    _policies,
    _press_filter,
    _queue,
    _ratings,
    _reports,
    _shared_secrets,
    _slips,
    _surveys,
)
