"""What ratings mean: the index, its interval, shares, and the day of a store.

index    the rules, plain functions of plain numbers
faces    which face stands for which button
queries  the figures of a store's day, from the roll-up
chart    where the bars of a chart stand
"""
