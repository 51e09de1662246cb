"""The address of how work stands at each site."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from apps.core import web
from apps.workplans.access import STEERING
from apps.workplans.views import overview

web.menu(_("Work by site"), "layout-dashboard", "work_by_site", section="work", roles=STEERING, order=5)

urlpatterns = [path("work/", overview.WorkBySite.as_view(), name="work_by_site")]
