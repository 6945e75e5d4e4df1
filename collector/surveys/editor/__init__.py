"""The console's editor of surveys: a draft is changed question by question, looked at as customers see it, published.

starts   the words that a new question begins with, in each language
edit     what can be done to a draft (pure)
against  what keeps a draft from being published, and what customers of some languages would miss (pure)
forms    what somebody typed, as a question, rules or a schedule
words    how surveys are spoken of
preview  a draft as customers see it
views    the pages
"""
