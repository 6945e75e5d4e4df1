"""Cases: one customer's problem, on its way up the ladder until somebody has acted and the customer has heard.

rules       when a case opens, whose turn it is, when it climbs (pure)
ladder      the loop that lets waiting cases climb
changes     take, comment, resolve: one conditional update each
"""
