"""Checks of single values that several models share."""

import re
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import available_timezones

import holidays
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

END_BEFORE_BEGIN = _("The end is before the beginning.")


PHONE = re.compile(r"^\+?\(?[0-9][0-9 ()./\-]{3,}(?: ?(?:ext\.?|x|#|转|轉|分机|分機) ?[0-9]{1,6})?$", re.IGNORECASE)

zones = lru_cache(available_timezones)  # which reads the disk each time
countries = lru_cache(holidays.list_supported_countries)


def known_zone(value: str) -> None:
    if value not in zones():
        raise ValidationError(_("Choose a time zone such as Asia/Shanghai."))


def known_calendar(value: str) -> None:
    if value not in countries():
        raise ValidationError(_("Use a country code such as CN or SG: public holidays are known by it."))


def known_phone(value: str) -> None:
    """Digits with what people put between them, perhaps with an extension."""
    if not PHONE.match(value.strip()):
        raise ValidationError(_("Write a phone number in digits, such as +86 138 0000 0000."))


def sensible_hire_day(day: date) -> None:
    if not date(1950, 1, 1) <= day <= timezone.localdate() + timedelta(days=366):
        raise ValidationError(_("Choose a day from 1950 to a year from now."))


def once_in_any_case(field: str, name: str) -> models.UniqueConstraint:
    """ACME and Acme are one."""
    return models.UniqueConstraint(
        Lower(field), name=name, violation_error_code=field, violation_error_message=_("This is taken already.")
    )
