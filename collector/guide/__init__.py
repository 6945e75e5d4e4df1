"""Setting an installation up, step by step: what is done, what is still open, and where to do it."""
