"""The one counter of tries that the pages of all capabilities share; each says for itself how many are too many."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

#: In memory: one process serves the pages (docs/operations.md), and a restart forgives.
limiter = Limiter(get_remote_address, storage_uri="memory://")
