"""What other systems are told: the feed of events, and webhooks to the central escalation queue.

events      an event, written with what happened; its CloudEvents document
relay       its position in the feed, given after the commit
webhooks    who is told of what; dead letters
deliver     one event to one webhook
signature   by which a receiver knows who sent it
"""
