"""What ratings mean: the index and the other measures, how sure they are, and what was heard of each place when.

index, measures     the rules, plain functions of plain numbers; `figures`: all of them at once
faces               which face stands for which button
compare, ranking,   whether one is really higher than another; places in a fair order; days that are unlike the others
anomalies
days                what was heard by days, added up in the background; `uptime`: whether kiosks were there
fragments           SQL that those share who add up and who read
asked, heard,       what a page asks for, and gets: of a place, a period, channels and touchpoints; hours of the week
hours
trust               how far figures can be trusted
queries, chart,     the figures of a store's day, from the hourly roll-up; the same hours before and after a case
same_hours
"""
