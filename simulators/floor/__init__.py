"""The shop floor: two virtual kiosks as a person would see them, on a page of their own.

It belongs to the world, not to the collector: it stands in the shop, open to whoever is at this machine.
"""
