"""Provisioning: what a technician does to turn a bare board into an enrolled kiosk."""
