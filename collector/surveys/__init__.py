"""Surveys: the questions that a press or a code answers, and what customers replied.

scale       what a button is worth (pure)
definition  the shape of a survey (pure)
default     the survey that a new organisation begins with
queries     which survey holds at a place
answers     one customer's reply: written once, whatever comes twice
erasure     personal data has an end
"""
