"""Cases: one customer's problem, on its way up the ladder until somebody has acted and the customer has heard.

rules     plain functions of plain data: what opens a case, the ladder, its clocks
changes   what happens to a case: opening, what people and its customer do, climbing and reminding
pages     the console's pages of cases
settings  what a place chooses for its cases, and the pages on which it does
submit    a customer's reply comes in, with its case and its thanks
standing  how a case stands on its ladder: what the rules need, read from the database
queries   cases as the people of a place see them; answers, with the case that each opened
"""
