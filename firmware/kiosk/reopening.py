"""A journal's way into a new epoch. This is loaded when one is opened, and then forgotten again."""

from kiosk.record import PERHAPS_REPEATED, REASON, pack


def carry(journal, folder, epoch, begin, segment, found):
    """Write everything held into the segments of a new epoch, in steps; return the seq that comes next there.

    folder: where the segments go.
    begin: the events that the new epoch begins with.
    segment: records in a file.
    found: the seq up to which records were found on flash at the start.
    """
    first = source = journal.held
    target = 1
    shift = source - 1 - len(begin)  # a record's seq in the new epoch is this much less
    records = begin
    while records:
        filled = (target - 1) % segment
        data = b"".join([pack(record, epoch, target + at) for at, record in enumerate(records)])
        journal.storage.append("%s/%010d" % (folder, target - filled), data)
        target += len(records)
        yield
        records = journal.read(source, min(32, segment - (target - 1) % segment))
        # What was written since the start is new beyond doubt, whatever the collector has from another life.
        records = [_carried(record, shift, first, source + at <= found) for at, record in enumerate(records)]
        source += len(records)
    return target


def _carried(record, shift, first, perhaps_repeated):
    kind, value, extra, boot, uptime, settings, flags = record
    if kind == REASON:
        # Points at its rating's number; a rating that is no longer here cannot be pointed at.
        extra = extra - shift if extra >= first else 0
    if perhaps_repeated:
        flags |= PERHAPS_REPEATED
    return kind, value, extra, boot, uptime, settings, flags
