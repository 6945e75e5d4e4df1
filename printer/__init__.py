"""Printing, apart from any collector: it also runs on a Raspberry Pi and beside a till.

slip        what a slip says, in which lines (pure)
codes       the links behind QR codes: 17 bytes as 28 letters (pure)
text        text from people, made fit for paper (pure); bidi, in which order the eye meets its letters (pure)
qr          QR codes as bits
logo        shops' logos, made into dots
fonts       the fonts that we carry along, and lines of text drawn with them
picture     QR codes, logos and text as dots for print heads
profiles    kinds of printers (pure)
escpos      a slip as bytes for a kind of printer
page        a slip as one picture
self_test   the page that tells a technician what a printer can do
condition   how a printer is (pure)
transport   bytes to a printer, and what it answers
signer      receipt links made without the collector; serials, their numbers in blocks on disk
proxy       a code on the till's own receipts
"""
