"""The bare views that our pages are measured against: the same rows from one query, no rights, no frame."""

from django.http import HttpResponse
from django.template import Context, Engine
from django.urls import path

from apps.communication.models import Enquiry
from apps.core.approvals import Approval
from apps.core.obligations import Obligation
from apps.personnel.models import User

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


urlpatterns = [
    path("people/", people),
    path("enquiries/", enquiries),
    path("obligations/", promises),
    path("inbox/", inbox),
]
