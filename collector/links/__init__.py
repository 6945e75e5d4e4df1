"""Links behind QR codes: who signs them, each with keys of its own; `resolve`: what a code stands for.

What they carry is in `printer.codes`.
"""
