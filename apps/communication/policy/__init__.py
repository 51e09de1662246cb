"""The rules of this app over plain values, a module per noun."""
