"""The console's pages of what leaves the house: messages to people, and webhooks to other systems.

views          messages: held, on their way, unsure, failed; what a person decides
webhook_views  webhooks: who hears of what, dead letters, sending them again
words          how messages and deliveries are spoken of
"""
