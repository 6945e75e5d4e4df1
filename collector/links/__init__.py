"""Links behind QR codes: what they carry, and who signs them.

codes  the 17 bytes of a code, and their 28 letters (pure)
keys   each signer's keys
"""
