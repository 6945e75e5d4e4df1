"""Intake: frames from the broker become ratings in the table, exactly once.

frames      what a message may say (only this folder knows MQTT's payloads)
acceptance  which records of a frame are new, which are gaps, which are repeats
dating      when each record happened
intake      the loop: receive, decode, accept, write, commit, answer
writer      one transaction for a batch of messages
"""
