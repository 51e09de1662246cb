"""Pages of this app, a module per noun."""
