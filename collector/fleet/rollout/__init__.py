"""A release on its way to the kiosks of a place: to one, to some, to all; it halts by itself where kiosks fail.

rules    whose turn it is, when it goes on and when it halts (pure)
steps    where a kiosk is in it, by what it says (pure)
stages   who is in which stage (pure)
changes  what people do with it: begin, go on, end, back to the release before
watch    what it does by itself, a look every other second
facts    what is known of its kiosks just now
queries  the roll-outs as people see them
views    their pages; words: what they say
"""
