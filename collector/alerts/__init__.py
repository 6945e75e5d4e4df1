"""Alerts: something is wrong right now at a place. Each opens by a rule, and closes by itself when the data recover."""
