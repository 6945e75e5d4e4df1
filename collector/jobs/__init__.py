"""Jobs: what must be done in the background, once, whoever is looking: a loop that hears of changes at once."""
