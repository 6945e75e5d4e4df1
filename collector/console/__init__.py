"""The console: the pages by which a store sees what its customers say, and whether its kiosks are well.

views                the pages of stores and kiosks
completeness_views  whether everything has arrived
navigation, menu     where one can go from any page
words                how faces, states and reasons are said
"""
