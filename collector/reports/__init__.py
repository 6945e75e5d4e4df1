"""Reports: what a place heard in a day, a week or a month, by e-mail and on paper; and lists as files."""
