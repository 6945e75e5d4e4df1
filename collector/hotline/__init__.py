"""The hotline's form: for whoever answers the telephone, or finds a complaint in a mailbox, a chat or a review.

script  what is read out to a caller before their address is kept, in each language (pure)
forms   what was typed, and what stands against it
views   the page
"""
