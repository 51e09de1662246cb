from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkplansConfig(AppConfig):
    """Tasks, plans, reports and their quality (chapter 3)."""

    name = "apps.workplans"
    verbose_name = _("Work")

    def ready(self):
        from apps.workplans import obligations  # noqa: F401 (declares the clocks)
        from apps.workplans.actions import (  # noqa: F401 (loose ends; reports by mail; what a decided round does)
            handing,
            mailing,
            needs,
            plans,
            quality,
        )
