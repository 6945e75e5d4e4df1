"""What is known of a customer, and its end.

person      whose data is meant: somebody with an address, or the customer of a case
export      everything that is kept of a person, for themselves
erase       takes it away, wherever it stands; ratings stay
retention   does the same by itself, for what has come to its end
register    what is kept, for what purpose, agreed to in which words, until when

Whoever sees, exports or erases is written down (audit).
"""
