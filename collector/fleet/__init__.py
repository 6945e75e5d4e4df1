"""The fleet: which kiosks there are, where each stands, what it should do and how it is."""
