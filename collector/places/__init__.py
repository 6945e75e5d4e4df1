"""Places: the organisation, its regions and stores as one tree, and the touchpoints of each store."""
