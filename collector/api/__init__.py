"""The API for programs, version 1, and the addresses by which machines watch this one.

views       the resources below /api/v1
ratings     the feed of ratings, page by page
schemas     what goes out and what may be asked
cursors     where a page ends and the next begins
problems    what is said when something cannot be done (RFC 9457)
operations  /healthz, /readyz, /metrics
"""
