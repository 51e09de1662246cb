"""Addresses of what stands in the way of work, and of what sites need of departments."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from apps.core import web
from apps.personnel.roles import Role
from apps.workplans.access import AT_SITES
from apps.workplans.views import needs, problems

web.menu(
    _("Problems at work"),
    "hand-stop",
    "work_problems",
    section="work",
    roles=AT_SITES,
    badge=problems.mine_of,
    order=50,
    badge_says=_("yours to solve"),
)
web.menu(
    _("What sites need"),
    "building-community",
    "needs",
    section="work",
    roles=AT_SITES,
    badge=needs.asked_of,
    order=55,
    badge_says=_("yours to answer"),
)
web.create(
    _("Raise a problem at work"), "hand-stop", "work_problem_new", roles=(Role.STAFF, Role.LEAD, Role.HEAD), order=25
)

urlpatterns = [
    path("work-problems/", problems.WorkProblemList.as_view(), name="work_problems"),
    path("work-problems/new/", problems.WorkProblemNew.as_view(), name="work_problem_new"),
    path("work-problems/<int:pk>/", problems.work_problem, name="work_problem"),
    path("work-problems/<int:pk>/solve/", problems.WorkProblemSolve.as_view(), name="work_problem_solve"),
    path("work-problems/<int:pk>/hand-on/", problems.WorkProblemHandOn.as_view(), name="work_problem_hand_on"),
    path("work-problems/<int:pk>/escalate/", problems.WorkProblemEscalate.as_view(), name="work_problem_escalate"),
    path("work-problems/<int:pk>/reopen/", problems.WorkProblemReopen.as_view(), name="work_problem_reopen"),
    path("needs/", needs.NeedList.as_view(), name="needs"),
    path("needs/<int:pk>/", needs.need, name="need"),
    path("needs/<int:pk>/answer/", needs.NeedAnswer.as_view(), name="need_answer"),
]
