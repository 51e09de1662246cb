"""The lists of this app, a module per noun."""
