"""Cases: one customer's problem, on its way up the ladder until somebody has acted and the customer has heard.

rules    when a case opens, whose turn it is, when it climbs (pure)
changes  open, take, comment, resolve: one conditional update each
ladder   lets waiting cases climb, once a round of the jobs' loop
events   what happened, written down and told
queries  cases as people see them, and as their customer does
views    the console's pages
"""
