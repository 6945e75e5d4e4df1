"""What a command says when it cannot do its work."""


class Failure(Exception):
    """A command failed for a reason that a person can mend; the message says what, why, and what to do now."""
