"""`smilepost provision batch`: many kiosks, several boards at once.

Each board that is plugged in becomes the next kiosk of a list. What came of each line is in a report beside the list:
by it the same command goes on where it stood.
"""
