"""What leaves the house: the feed of events, webhooks to the central escalation queue, mail and text messages.

events      an event, written with what happened; its CloudEvents document
relay       its position in the feed, given after the commit
webhooks    who is told of what; dead letters
sender      what all ways of telling somebody have in common; senders: all of them
deliver     one event to one webhook
email       one mail, at most once; mail: what is in it
sms         one text message, at most once; sms_template: the gateway as the settings describe it
message     from a job of the queue to the message that it stands for
signature   by which a receiver knows who sent it
"""
