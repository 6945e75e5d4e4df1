"""What a technician should visit, why, and what to bring.

rules  the reasons (pure)
facts  what they are made of, read
views  the list; words: how it is said
"""
