"""Puts our administration in the place of Django's."""

from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    """The technical administration, for looking only."""

    default_site = "apps.core.administration.Administration"
