"""What is sent to a printer that fetches: a job's paper in the form that the printer takes."""

import structlog

from collector.queue.executor import Failed, Later
from collector.queue.worker import AFTER_A_BUG, NOT_FORESEEN
from collector.slips.fetch.callers import STAR, Caller
from collector.slips.fetch.jobs import Offered
from collector.slips.spool import payload_of
from printer import page, self_test
from printer.escpos import standing_alone
from printer.profiles import PROFILES, profile_of
from printer.slip import TooLong

log = structlog.get_logger()


class NoPaper(Exception):
    """The job cannot be sent; why, and whether it is tried again, is in `outcome`."""

    def __init__(self, outcome: Failed | Later) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


def paper_of(job: Offered, caller: Caller) -> bytes:
    """The same bytes each time for the same job.

    Raises
    ------
    NoPaper
    """
    try:
        profile = profile_of(caller.profile, caller.code_page)
    except LookupError as problem:
        raise NoPaper(Failed(str(problem.args[0]))) from problem
    kind = PROFILES[caller.profile]
    slip = payload_of(job.payload).slip
    try:
        if caller.address == STAR:
            return page.png(page.page(slip, profile) if slip else self_test.picture(caller.name, kind))
        # Nothing is reset: with `ESC @` the printer's own interface would hear no more of paper and cover.
        return standing_alone(slip, profile) if slip else self_test.standing_alone(caller.name, kind)
    except TooLong as problem:
        raise NoPaper(Failed(str(problem))) from problem
    except Exception as problem:
        log.exception("a slip could not be drawn", job=job.id)
        raise NoPaper(Later(NOT_FORESEEN, AFTER_A_BUG)) from problem
