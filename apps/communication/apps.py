from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommunicationConfig(AppConfig):
    """Clients answered, met and kept informed (chapter 7)."""

    name = "apps.communication"
    verbose_name = _("Communication")

    def ready(self):
        from apps.communication import obligations  # noqa: F401 (registers the clocks of this app)
