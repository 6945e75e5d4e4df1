"""The pages behind QR codes, for customers: no account, no cookie, no script.

views     the addresses `/Q/CODE…`
visit     a survey's code: looks, taps, sends
survey    what a survey looks like, in the shop and in the editor's preview
form      what a customer sent (pure)
case      a case's code: what its customer can do
progress  a case as its customer may see it
picture   pictures made small enough to keep
stopping  no more messages
page      what all pages share: frame, language, refusals
words     what the pages say, in each language
"""
