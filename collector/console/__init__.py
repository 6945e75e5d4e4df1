"""The console: the pages by which a store sees what its customers say, and whether its kiosks are well.

views    the pages
words    how faces, states and reasons are said
"""
