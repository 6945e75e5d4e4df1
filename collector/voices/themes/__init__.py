"""What comments speak of: themes, each with lists of words in each language."""
