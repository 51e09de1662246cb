"""Pages of the work at sites, a module per noun."""
