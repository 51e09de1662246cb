"""Forms of the work at sites, a module per noun."""
