"""The clocks of this app, a module per noun."""

from apps.workplans.obligations import plans, reports, tasks

__all__ = ["plans", "reports", "tasks"]
