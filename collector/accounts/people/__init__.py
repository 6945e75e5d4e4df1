"""People: who is invited, in which role and to which place; who leaves, and who comes back."""
