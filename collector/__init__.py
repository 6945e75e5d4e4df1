"""The collector: takes ratings in, shows them to the people of a place, and sees that somebody acts."""

__version__ = "0.1.0"
