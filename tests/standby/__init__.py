"""The database loses its primary under load: its standby is promoted as docs/operations.md says, and all is there."""
