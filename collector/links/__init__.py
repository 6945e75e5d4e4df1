"""Links behind QR codes: who signs them, what each means, and whether it still holds.

codes       the 17 bytes of a code, and their 28 letters (pure)
keys        each signer's keys
resolve     from a code to what it stands for
"""
