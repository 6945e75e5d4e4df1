"""Channels side by side: what was heard by each way in which voices come."""
