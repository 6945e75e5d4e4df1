"""Accounts: who may sign in, what they may see, and the tokens of programs."""
