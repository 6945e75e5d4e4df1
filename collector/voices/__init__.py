"""What customers said: side by side by channel, found and sorted by what they speak of, and choices with a name."""
