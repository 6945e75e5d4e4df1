"""The wall board for the staff room: one place after the other, its index, its faces, "you said, we did"; nothing else.

tables  links that open a board without an account
links   making, finding and ending them
slides  what a board shows, one place at a time
views   the board, for people who are signed in and for a screen with a link; the page of the links
"""
