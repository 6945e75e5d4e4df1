"""Customers' addresses, and what is said to people: whom, when, how often, in which words.

policy    whether, when and how often a customer may be written to (pure)
messages  a message is written: to a customer about their case, to those who were invited, to the staff
stopping  unsubscribing, and the end of an address
held      what waited until somebody may be disturbed is sent
outgoing  a message as it leaves: address and words
words     what messages say, in each language (pure)
parts     text messages: how many parts one takes, and a text that fits (pure)
queries   messages as people see them, and what a person decides about an unsure one
"""
