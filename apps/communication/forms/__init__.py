"""The forms of this app, a module per noun."""
