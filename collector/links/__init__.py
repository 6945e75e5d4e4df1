"""Links behind QR codes: who signs them. What they carry is in `printer.codes`.

keys     each signer's keys
signers  signers apart from the collector, and their files
"""
