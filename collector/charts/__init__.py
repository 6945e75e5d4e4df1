"""Charts made on the server: SVG that prints, that a screen reader can read, and that needs no script.

Each module says where things stand, numbers for the drawing and nothing else (pure); the macro of the same name in
`charts/charts.html` draws it as a figure: a question as its title, the answer as a sentence, the drawing, and the
figures as a table behind it. Horizontal numbers are per cent of the drawing's width, so that type and strokes keep
their size from a phone to the wall; vertical ones are px.

trend         a line over time with its 95 % interval as a band
bars          bars from zero, one below the other, each with its interval
distribution  columns: how often each answer was given
pareto        which few reasons are most of all
heat_map      the hours of the week
gap           what was expected beside what was found
rank          places in order, as a table with a strip for each
spark         a line as small as a word, for rows
"""
