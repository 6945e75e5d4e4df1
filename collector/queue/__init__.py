"""The queue for work that leaves the house: never twice after the first byte where a repeat would harm.

tables      a job and its states
jobs        putting a job into the queue; each change of its state
executor    what a kind of work tells the worker, and what it hears from it
worker      claims jobs and has them carried out
queries     jobs as people see them, and what a person decides about an unsure one
"""
