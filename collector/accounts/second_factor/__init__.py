"""The second factor: besides the password, a number that a telephone shows (TOTP, RFC 6238), or a recovery code.

codes  which number is right when; recovery codes (pure)
keep   what is kept of it, and letting in at most once by each
views  asking for it, setting it up, taking it away
"""
