"""The clocks of this app, a module per noun."""

from apps.workplans.obligations import plans, problems, quality, reports, tasks

__all__ = ["plans", "problems", "quality", "reports", "tasks"]
