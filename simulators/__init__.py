"""Simulators of the world around Smilepost: power, pins, flash, paper. They never stand in for its own code."""
