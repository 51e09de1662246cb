"""The clocks of this app, a module per noun."""

from apps.workplans.obligations import plans, tasks

__all__ = ["plans", "tasks"]
