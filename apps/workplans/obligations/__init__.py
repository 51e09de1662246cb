"""The clocks of this app, a module per noun."""

from apps.workplans.obligations import digest, plans, problems, quality, reports, takers, tasks

__all__ = ["digest", "plans", "problems", "quality", "reports", "takers", "tasks"]
