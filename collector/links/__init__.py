"""Links behind QR codes: who signs them. What they carry is in `printer.codes`.

keys  each signer's keys
"""
