"""The clocks of this app, a module per noun."""
