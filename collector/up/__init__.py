"""`smilepost up`: a whole installation on this machine, supervised.

postgres    the embedded database: its cluster, its start, its socket
supervisor  starts the parts, starts again what died, ends all together
shop        what a new installation begins with: a store, two kiosks, an owner
"""
