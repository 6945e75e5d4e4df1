"""How quick the pages are with years of ratings; see `__main__`."""
