"""The verbs of this app, a module per noun."""
