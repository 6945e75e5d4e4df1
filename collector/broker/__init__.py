"""Brokers: their configuration, with one user per kiosk and its literal topic rules, kept in step with the registry."""
