"""How work stands over all sites that somebody answers for."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.web import ListPage
from apps.personnel.models import Site
from apps.workplans import access
from apps.workplans.overview import sites_at_work
from apps.workplans.tables.overview import WorkFilter, WorkTable


class WorkBySite(ListPage):
    model = Site
    table_class = WorkTable
    filterset_class = WorkFilter
    title = _("Work by site")
    subtitle = _("What is late, missing or waiting at each site, the worst first; every figure opens its rows.")
    icon = "layout-dashboard"
    empty = _("The sites you lead or head appear here.")

    def may_open(self, user):
        return access.may_look_over(user)

    def get_queryset(self):
        return sites_at_work(self.request.user, today=timezone.localdate(), now=timezone.now())
