"""Printing: slips as pure descriptions, their QR codes, ESC/POS bytes, the way to the printer, and the spool.

slip        what a slip says, in which lines (pure)
qr          QR codes as bits (pure)
picture     QR codes and text as dots for print heads (pure)
escpos      a slip as bytes for a kind of printer (pure)
transport   bytes to a printer over TCP, and what it answers
spool       print jobs: into the queue, and out of it onto paper
review      review slips: a new receipt code on its way to a printer
"""
