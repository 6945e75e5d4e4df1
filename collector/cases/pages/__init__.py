"""The console's pages of cases: the list, one case and what is done to it, several at once, one opened by hand."""
