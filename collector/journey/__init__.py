"""The journey through a store: its touchpoints as a customer meets them, what each is like, and its ratings one by one.

stops    a touchpoint's index, how many said so, its cases, what was expected and found
ratings  what was said at one touchpoint
views
"""
