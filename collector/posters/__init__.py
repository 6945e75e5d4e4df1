"""Posters: a touchpoint's own code on paper that hangs or stands.

layout   what stands where on a sheet (pure)
letters  the typeface: how wide a text is, and what stands in for letters that it has not
faces    the faces as shapes (pure)
words    what a poster says, in each language
pdf      a sheet as PDF
png      a PDF as a picture
queries  what is to stand on a touchpoint's poster
views    the page of a store's posters
"""
