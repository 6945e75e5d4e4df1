"""The console: the pages by which a store sees what its customers say, and whether its kiosks are well.

views    the pages
words    how times, numbers, states and reasons are said
"""
