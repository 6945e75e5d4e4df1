"""The receipt proxy: between a till and its printer, it puts a review code onto the till's own receipts.

tokens     ESC/POS cut into its commands (pure)
insertion  where a code belongs, and that all else stays as it was (pure)
stock      codes made before they are wanted
server     the connections
"""

WARNING = """\
This changes what comes out of the till's printer: it puts a QR code onto receipts, before the cut.
In many countries receipts are legal documents, and what a fiscal printer prints must not be altered. Never put this
before a fiscal printer; elsewhere, ask whoever answers for the till. Without it: a slip of its own after the receipt
(`POST /api/v1/slips`), or a code in the till's own receipt template."""
