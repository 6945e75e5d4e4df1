"""Printing, apart from any collector: it also runs on a Raspberry Pi and beside a till.

slip        what a slip says, in which lines (pure)
codes       the links behind QR codes: 17 bytes as 28 letters (pure)
qr          QR codes as bits (pure)
picture     QR codes and text as dots for print heads (pure)
profiles    kinds of printers (pure)
escpos      a slip as bytes for a kind of printer (pure)
condition   how a printer is (pure)
transport   bytes to a printer, and what it answers
"""
