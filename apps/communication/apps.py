from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommunicationConfig(AppConfig):
    """Clients answered, met and kept informed (chapter 7)."""

    name = "apps.communication"
    verbose_name = _("Communication")

    def ready(self):
        # Registers the clocks of this app, and what a decided approval does to its subject.
        from apps.communication import obligations  # noqa: F401 (declares the clocks)
        from apps.communication.actions import (  # noqa: F401 (what they register: loose ends, the mailbox, rounds)
            handing,
            mailbox,
            meetings,
            requests,
        )
