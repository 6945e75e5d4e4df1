"""The shop floor: two virtual kiosks and a receipt printer as a person would see them, on a page of their own.

It belongs to the world, not to the collector: it stands in the shop, open to whoever is at this machine.

server  the page, its kiosks and its printer
kiosks  enrolling the kiosks
press   a button pressed from another program
"""
