"""What contentment is worth: customers who stay or leave, times what a customer brings.

    value of a customer = average order × purchases a year × years
    at risk = unhappy customers whose problem nobody has resolved × the share of them who leave × value
    saved   = unhappy customers whose problem was resolved × the same share × value

policy  what an organisation knows of its customers: a document of kind `money` (policies), and the formula (pure)
voices  unhappy customers by store, and what became of them
forms, views
"""
