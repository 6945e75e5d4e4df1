"""Surveys: the questions that a press or a code answers, and what customers and staff replied.

schedule         when a survey is asked (pure)
definition       the shape of a survey (pure)
default          the survey that a new organisation begins with
queries          which survey holds at a place
publish          making, changing, publishing, taking back; `versions`: how people see them
answers          what is sent, and what became of it; `cases.submit` takes it in
recording        one customer's reply: written once, whatever comes twice
  rated, same    its ratings; whether what came again says the same
marks            what is nobody's opinion (pure); `devices` tell mashing, `marking` is a person's word
gap              service quality: what was expected, and what it was like
editor, pages    the console's
"""
