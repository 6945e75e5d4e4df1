"""Where each role begins: what is wrong now, whose turn it is, is it getting better.

start     which page that is: a store's, a region's, a technician's
needs     which stores need somebody, and why (pure)
facts     what that is made of, read
reasons   what unhappy customers said was wrong
promises  what customers were promised, and how much of it was kept
words     how it is said
views     the pages of regions and technicians; a store's is the console's own
"""
