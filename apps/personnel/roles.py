"""The roles of the policy."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Lead, head and staff come from relations; the others are granted by an administrator."""

    ADMINISTRATOR = "administrator", _("Administrator")
    HR = "hr", _("HR")
    FINANCE = "finance", _("Finance")
    EXECUTIVE = "executive", _("Executive")
    HEAD = "head", _("Department head")
    LEAD = "lead", _("Site lead")
    STAFF = "staff", _("Dispatched staff")

    @classmethod
    def granted(cls) -> list[str]:
        return [cls.ADMINISTRATOR.value, cls.HR.value, cls.FINANCE.value, cls.EXECUTIVE.value]
