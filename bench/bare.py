"""The bare views that our pages are measured against: the same rows from one query, no rights, no frame."""

from django.http import HttpResponse
from django.template import Context, Engine
from django.urls import path

from apps.communication.models import Enquiry
from apps.core.approvals import Approval
from apps.core.obligations import Obligation
from apps.personnel.models import User
from apps.workplans.models import Plan, Report, Step, Task

ROWS = Engine().from_string(
    "<!doctype html><title>{{ title }}</title><table>{% for row in rows %}<tr>"
    "{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
)


def rows(title: str, query) -> HttpResponse:
    return HttpResponse(ROWS.render(Context({"title": title, "rows": query})))


def enquiries(request):
    return rows(
        "enquiries",
        Enquiry.objects.order_by("-arrived_at").values_list(
            "token", "subject", "site__name", "contact__name", "owner__name", "arrived_at", "status"
        )[:25],
    )


def promises(request):
    return rows(
        "promises",
        Obligation.objects.filter(status="open").order_by("due_at").values_list("title", "site__name", "due_at")[:25],
    )


def inbox(request):
    return rows(
        "inbox",
        Approval.objects.filter(status="open").values_list("title", "applicant__name", "opened_at", "clause")[:25],
    )


def people(request):
    return rows("people", User.objects.filter(is_active=True).order_by("name_sort").values_list("name", "number")[:25])


OPEN = Task.objects.filter(status__in=Task.OPEN).order_by("due_on", "pk")
CARD = ("title", "site__name", "owner__name", "due_on", "status")


def tasks(request):
    return rows("tasks", OPEN.values_list(*CARD)[:25])


def cards(request):
    return rows("cards", OPEN.values_list(*CARD)[:200])


def plans(request):
    return rows(
        "plans", Plan.objects.order_by("-pk").values_list("task__title", "version", "status", "written_at")[:25]
    )


def steps(request):
    """As many as 40 tasks have, three each."""
    found = Step.objects.filter(plan__task__status__in=Task.OPEN, plan__status="approved").order_by("-pk")
    return rows("steps", found.values_list("plan__task__title", "title", "begins_on", "due_on", "percent")[:120])


def reports(request):
    found = Report.objects.order_by("-ends_on", "-filed_at", "-pk")
    words = ("done", "assignment__person__name", "assignment__site__name", "period", "filed_at", "status")
    return rows("reports", found.values_list(*words)[:25])


urlpatterns = [
    path("people/", people),
    path("enquiries/", enquiries),
    path("tasks/", tasks),
    path("cards/", cards),
    path("plans/", plans),
    path("steps/", steps),
    path("reports/", reports),
    path("obligations/", promises),
    path("inbox/", inbox),
]
