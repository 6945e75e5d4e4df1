"""How a kiosk was over time.

rules    what is made of it: pieces of time, when a battery will end (pure)
history  what is known of it, read
charts   how it is drawn (pure); words: how it is said
"""
