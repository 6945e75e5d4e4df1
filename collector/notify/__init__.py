"""What other systems are told: the feed of events, and webhooks to the central escalation queue."""
