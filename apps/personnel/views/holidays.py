"""Public holidays: what is missing, and filling a year from what is published."""

from datetime import datetime

from django.contrib import messages
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core import web
from apps.personnel import access, actions, calendar
from apps.personnel.forms.records import HolidaysForm


def missing() -> list[tuple[str, int]]:
    return calendar.missing(timezone.localdate())


def listed(gaps: list[tuple[str, int]]) -> str:
    return ", ".join(f"{country} {year}" for country, year in gaps)


def notice() -> str:
    """Above the list of holidays: which calendars are empty."""
    gaps = missing()
    return _("No public holidays are entered for: %(gaps)s.") % {"gaps": listed(gaps)} if gaps else ""


@web.todo
def to_enter(user) -> web.Todo | None:
    """For HR: working days are counted wrongly where a calendar is empty, from its first day on."""
    gaps = missing() if access.may_manage(user) else []
    if not gaps:
        return None
    return web.Todo(
        title=_("Enter the public holidays of %(gaps)s") % {"gaps": listed(gaps)},
        detail=_("Working days at its sites cannot be counted without them."),
        url=reverse("holidays_fill"),
        due_at=timezone.make_aware(datetime(min(year for _country, year in gaps), 1, 1)),
    )


class HolidaysFill(web.FormPage):
    form_class = HolidaysForm
    title = _("Public holidays of a year")
    button = _("Add them")
    intro = _("Adds what is published for a country; days that are entered already stay as they are.")
    back = reverse_lazy("holidays")

    def may_open(self, user):
        return access.may_manage(user)

    def get_initial(self):
        country, year = next(iter(missing()), ("", timezone.localdate().year + 1))
        return {"country": self.request.GET.get("country", country), "year": self.request.GET.get("year", year)}

    def act(self, form):
        free, worked = actions.add_public_holidays(by=self.request.user, **form.cleaned_data)
        words = _("%(free)s days off and %(worked)s make-up working days are in the calendar.")
        messages.success(self.request, words % {"free": free, "worked": worked})
        return f"{reverse('holidays')}?country={form.cleaned_data['country'].upper()}"
