"""Lists of this app, a module per noun."""
