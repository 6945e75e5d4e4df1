"""Surveys: the questions that a press or a code answers."""
