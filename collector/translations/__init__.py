"""What the console's pages say, in its further languages.

catalogues   the messages of the code, what they are in each language, and what does not fit there (pure but for files)
__main__     brings the files up to date: `make translations`
messages.pot and <language>/LC_MESSAGES/messages.po (to write in) and .mo (what runs) are below this folder.
"""
