"""Reports: what a place heard in a day, a week or a month; by e-mail, as PDF, as a poster; and lists as files.

days           which days a report is about, and when it is due (pure)
subscriptions  who gets which
watch          sends those that are due, each once
gather         what a report says, out of the database
words, texts   how reports speak, in each language
sentences      what the figures say in it (pure)
letter         a report as an e-mail
sheets         a report on paper (pure): on sheets that fill (flow), with its chart and its table (rows)
poster         results for the wall (pure)
views          the pages
exports/       lists as files, streamed
"""
