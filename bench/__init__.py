"""Figures beside each other, measured in one run; nothing here is asserted by the tests."""
