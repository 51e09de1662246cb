from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def install_parameters(**_kwargs):
    """Give every number of the policy its default after each migration."""
    from apps.core import parameters  # models are loaded only now

    parameters.install_defaults(timezone.now())


class CoreConfig(AppConfig):
    """Nouns that no feature owns: clauses, clocks, signatures, notices, files."""

    name = "apps.core"
    verbose_name = _("Core")

    def ready(self):
        post_migrate.connect(install_parameters, sender=self)
