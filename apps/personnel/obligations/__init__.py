"""The clocks of this app, a module per noun, and who stands on the rungs of an escalation."""

from apps.personnel.obligations import arrivals, development, relations, training

__all__ = ["arrivals", "development", "relations", "training"]
