"""Addresses of tasks, plans and their templates."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from apps.core import web
from apps.core.registers import register
from apps.personnel.roles import Role
from apps.workplans import access
from apps.workplans.models import TaskTemplate
from apps.workplans.views import plans, tasks

web.section("work", _("Work"), order=15)
web.menu(_("Tasks"), "square-check", "tasks", section="work", roles=access.AT_SITES, badge=tasks.mine_of, order=10)
web.menu(_("Plans"), "list-check", "plans", section="work", roles=access.AT_SITES, order=20)
web.menu(_("Task templates"), "copy", "task_templates", section="keep", roles=[Role.HR, Role.LEAD, Role.HEAD], order=60)
web.create(_("Give a task"), "square-check", "task_new", roles=[Role.LEAD, Role.HEAD], order=10)

urlpatterns = [
    path("tasks/", tasks.Tasks.as_view(), name="tasks"),
    path("tasks/board/", tasks.task_board, name="task_board"),
    path("tasks/calendar/", tasks.task_calendar, name="task_calendar"),
    path("tasks/gantt/", tasks.task_gantt, name="task_gantt"),
    path("tasks/new/", tasks.task_new, name="task_new"),
    path("sites/<int:pk>/tasks/new/", tasks.TaskGive.as_view(), name="site_task_new"),
    path("sites/<int:pk>/tasks/owner/", tasks.task_owner, name="site_task_owner"),
    path("tasks/<int:pk>/", tasks.task, name="task"),
    path("tasks/<int:pk>/change/", tasks.TaskChange.as_view(), name="task_change"),
    path("tasks/<int:pk>/start/", tasks.task_start, name="task_start"),
    path("tasks/<int:pk>/deliver/", tasks.TaskDeliver.as_view(), name="task_deliver"),
    path("tasks/<int:pk>/accept/", tasks.TaskAccept.as_view(), name="task_accept"),
    path("tasks/<int:pk>/send-back/", tasks.TaskSendBack.as_view(), name="task_send_back"),
    path("tasks/<int:pk>/cancel/", tasks.TaskCancel.as_view(), name="task_cancel"),
    path("tasks/<int:pk>/plan/", plans.task_plan, name="task_plan"),
    path("steps/<int:pk>/move/", tasks.StepMove.as_view(), name="step_move"),
    path("plans/", plans.Plans.as_view(), name="plans"),
    path("plans/<int:pk>/", plans.plan, name="plan"),
    path("plans/<int:pk>/edit/", plans.PlanEdit.as_view(), name="plan_edit"),
    path("plans/<int:pk>/compare/", plans.plan_compare, name="plan_compare"),
    path("plans/<int:pk>/review/", plans.PlanReview.as_view(), name="plan_review"),
    *register(
        TaskTemplate,
        prefix="task_templates",
        title=_("Task templates"),
        icon="copy",
        fields=["name", "project_kind", "title", "deliverable", "acceptance", "hours", "days", "steps", "active"],
        columns=["name", "project_kind", "hours", "days", "active"],
        may=access.may_keep_templates,
        see=access.may_look,
        search=("name", "project_kind", "title"),
        filters=("active",),
    ),
]
