"""The press filter: which presses are nobody's opinion. It only marks, with a reason; history can be re-run.

rules      which mark each press of a kiosk has (pure)
policy     what a place wants of them: a document of kind `filter` (policies)
presses    a store's presses with what came just before them, and the marks that they shall have
fresh      what has just come in, by the loop of `smilepost jobs`
runs       history: first looked through, then, if somebody wants it, marked
hours      whether its stores are open as they were when it was asked for
asking     a run is asked for, begun, stopped, taken up again
span       from when to when a run is asked for, as it is typed (pure)
views, words
"""
