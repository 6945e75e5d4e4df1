"""Printing: slips as pure descriptions, their QR codes, ESC/POS bytes, the way to the printer, and the spool.

slip        what a slip says (pure)
qr          QR codes as bits (pure)
escpos      a slip as bytes for a printer's profile (pure)
transport   bytes to a printer over TCP, and what it answers
spool       print jobs of the queue, one printer at a time
"""
