"""Yes-or-no questions over plain values, a module per noun."""
