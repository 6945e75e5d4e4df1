"""You said, we did: what a place changed because customers said so, on its kiosks (`fleet.improvements`) and slips."""
