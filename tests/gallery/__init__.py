"""Every page of the collector with something true on it: held to what they promise, and drawn for docs/pages.md."""
