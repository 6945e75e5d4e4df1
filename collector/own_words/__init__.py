"""What an organisation itself calls its places and faces: branch for store, "top" for very good.

definition  the words by language (pure); a policy of the kind `words`, the nearest place's holds
say         what pages say: the organisation's word, else ours
views       the page on which they are changed
"""
