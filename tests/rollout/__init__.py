"""A roll-out as it happens: a whole installation, kiosks that speak the protocol, and real firmware in VMs.

firmware  what the VMs run: the real sources with shorter times, and with faults planted in them
house     the installation, its fleet and the shoppers
story     begin, halt by itself, end, go back, and a mended release to all
"""
