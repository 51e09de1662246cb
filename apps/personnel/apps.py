from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PersonnelConfig(AppConfig):
    """People, their roles, clients, sites and assignments (chapter 2)."""

    name = "apps.personnel"
    verbose_name = _("Personnel")

    def ready(self):
        from apps.personnel import alerts, imports, obligations, sessions  # noqa: F401 (who is told; what ends sessions)
        from apps.personnel.actions import absences, departures  # noqa: F401 (a clock; what a settled round does)
