"""Sentences that are kept in English, said in the language of whoever reads them.

Printers, kiosks, mail servers and workers say in a sentence why something did not go. It is kept as it was said, in
English, as programs and the command line read it; a page tells it in the reader's language, old rows and new ones
alike. Whatever is not known here (a newer kiosk says it) stays as it is.

printing, kiosks, technicians, messages, changes   the sentences, by who says them; tests hold the code against them
reading   which of them a text is, and the values in it (pure)
words     `translated`, for pages
"""
