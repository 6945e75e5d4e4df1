"""The pages of figures: `/places/<id>/insights` and `/places/<id>/ranking`.

views     the addresses
page      what the page of insights shows, from what was heard
steps     days put together so that each point of a line says something (pure)
measures  the measures of the field, where they are asked, in the words of people
reasons   which reasons customers gave
words     how comparisons and odd days are said
"""
