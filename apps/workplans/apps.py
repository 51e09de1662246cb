from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkplansConfig(AppConfig):
    """Tasks, plans, reports and their quality (chapter 3)."""

    name = "apps.workplans"
    verbose_name = _("Work")

    def ready(self):
        from apps.workplans import obligations  # noqa: F401 (declares the clocks)
        from apps.workplans.actions import handing, needs, plans, quality  # noqa: F401 (loose ends; what a decided round does)  # noqa: F401 (who may take over what is owed)
