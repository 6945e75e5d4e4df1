"""A person says that an answer is spam, or that it is none: its ratings count, or do not, from then on."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from collector.audit.log import Action, note
from collector.database import driver
from collector.ratings.remark import Remark, remark
from collector.surveys.answers import NO_CURSOR
from collector.surveys.marks import OF_RATINGS, AnswerMark
from collector.surveys.recording import give_position
from collector.surveys.tables import answer

#: Ratings are received to the millisecond; this is safely more.
_AROUND = timedelta(seconds=1)


_NOTED: Mapping[AnswerMark, Action] = {
    AnswerMark.NONE: "unmarked",
    AnswerMark.SPAM: "marked-spam",
    AnswerMark.MASHING: "marked-mashing",
}


def mark(connection: Connection, answer_id: int, wanted: AnswerMark, who: str) -> bool:
    """Give an answer, and the ratings that were given with it, another mark; the roll-up moves with them, and the audit
    log says whose word it was. Returns whether it had another.

    One that is no longer marked is looked at by the rules that open cases, which open no second one. A press at a kiosk
    keeps its rating's own mark: whoever wrote nonsense afterwards has pressed all the same.

    Parameters
    ----------
    who: name of an account or a token.

    Raises
    ------
    collector.ratings.past.IsArchived: its ratings are in an archive file.
    """
    row = connection.execute(select(answer).where(answer.c.id == answer_id).with_for_update()).one()
    if row.mark == wanted:
        return False
    values: dict[str, Any] = {"mark": wanted}
    if wanted is AnswerMark.NONE:
        values["examined_at"] = None
    connection.execute(update(answer).where(answer.c.id == answer_id).values(values))
    begin, end = row.submitted_at - _AROUND, (row.completed_at or row.submitted_at) + _AROUND
    remark(driver(connection), row.store_id, begin, end, [Remark(NO_CURSOR, row.id, OF_RATINGS[wanted])])
    note(connection, who, _NOTED[wanted], f"answers/{answer_id}", row.store_id)
    give_position(connection, answer_id)
    return True
