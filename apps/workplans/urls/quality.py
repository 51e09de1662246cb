"""Addresses of assessments and of what follows from poor work."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from apps.core import web
from apps.personnel.roles import Role
from apps.workplans.access import STEERING
from apps.workplans.views import quality

web.menu(
    _("Quality"),
    "gauge",
    "quality",
    section="work",
    roles=STEERING,
    badge=quality.owed_by,
    order=60,
    badge_says=_("yours to assess or decide"),
)
web.menu(
    _("My quality"),
    "star",
    "quality_mine",
    section="work",
    roles=(Role.STAFF,),
    badge=quality.stated_by,
    order=61,
    badge_says=_("statements awaited"),
)

urlpatterns = [
    path("quality/", quality.Quality.as_view(), name="quality"),
    path("quality/mine/", quality.mine, name="quality_mine"),
    path("quality/assessments/", quality.Assessments.as_view(), name="quality_assessments"),
    path("quality/assessments/<int:pk>/", quality.assessment, name="quality_assessment"),
    path("quality/assignments/<int:pk>/", quality.Assess.as_view(), name="assignment_assess"),
    path("quality/cases/", quality.Cases.as_view(), name="quality_cases"),
    path("quality/cases/<int:pk>/", quality.case, name="quality_case"),
    path("quality/cases/<int:pk>/statement/", quality.CaseState.as_view(), name="quality_case_state"),
    path("quality/cases/<int:pk>/decide/", quality.CaseDecide.as_view(), name="quality_case_decide"),
    path("quality/cases/<int:pk>/follow-up/", quality.CaseFollowUp.as_view(), name="quality_case_follow_up"),
]
