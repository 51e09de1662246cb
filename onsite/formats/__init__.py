"""How dates and numbers are written in each language. ISO comes first for input: browsers' date fields speak it."""
