"""Where the content of layers is kept. Files come first; a store that is added answers the same question.

A source is asked for a whole layer by its catalogue entry and gives it in lon-lat, its bytes checked against the
entry's sha256. Nothing above this package knows how the bytes are kept.
"""
