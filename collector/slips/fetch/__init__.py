"""Printers that come and fetch their slips, so that a shop needs no open port.

    cloudprnt   what a Star printer says and hears (pure)
    epson_sdp   the same of an Epson printer (pure)
    views       /print/<secret>/…, where both call
    callers     who calls, and how it is
    jobs        the way of a slip that is fetched
    papers      what is sent
    clock       what happens when nobody calls
    connections to the database

A slip is *queued* until a printer has it: then it is *sending*, committed before the first byte leaves, and is never
offered again. The printer's confirmation makes it *done*; without one it is *unknown*, for a person to look at.
"""
