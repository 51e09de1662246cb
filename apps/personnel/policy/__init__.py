"""Rules of chapter 2 over plain values, a module per noun."""
