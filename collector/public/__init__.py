"""The pages behind QR codes, for customers: no account, no cookie, no script.

views    `/Q/CODE`: a survey, its thank-you, a case's progress, or a friendly way on
resolve  from a code to what it stands for, and whether it still holds
form     what a customer sent (pure)
words    what the pages say, in each language
"""
