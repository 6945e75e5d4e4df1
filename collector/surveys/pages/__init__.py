"""What became of surveys: the console's pages of service quality and of the staff's own survey.

queries        what these pages read
quality        what was expected and what it was like
gap_chart      where its drawing stands (pure)
staff          the staff's anonymous link, and its figures
words          how these figures are said
enps           eNPS from whole groups of answers (pure)
"""
