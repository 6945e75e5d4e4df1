"""Intake: frames from the broker become ratings in the table, exactly once.

frames       what a message may say (only this folder knows MQTT's payloads)
acceptance   which records of a frame are new, which are gaps, which are repeats
dating       when each record happened
intake       the loop: receive, decode, accept, write, commit, answer
writer       one transaction for a batch of messages
rows         the rows that it writes, and how they are written
kiosks       what has to be known of the kiosks in a batch
news         what a kiosk has not taken yet of what it was given: settings, commands, releases
push         tells it at once
answers      what is said to a kiosk
press_codes  the links that kiosks show after a bad press
put_aside    what could not be taken, for a person to look at
"""
