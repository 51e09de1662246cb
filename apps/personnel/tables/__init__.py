"""The lists of this app with their filters, a module per noun."""
