"""Programs: the tokens by which they sign in, made and ended on a page."""
