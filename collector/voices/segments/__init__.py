"""Segments: choices of places, voices or customers that somebody gave a name.

Nothing is stored of whom they hold: each is asked anew, so that it is never out of date.
"""
