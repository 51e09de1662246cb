"""Pages of what sites need of departments (7.2.1)."""

from django.db.models import Count, OuterRef, Q, Subquery
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.obligations import Obligation
from apps.core.pages import VerbPage, offers
from apps.core.transitions import Event
from apps.core.web import ListPage
from apps.workplans import access
from apps.workplans.actions import needs as actions
from apps.workplans.forms.problems import AnswerForm
from apps.workplans.models import Need, Report, Task
from apps.workplans.obligations.problems import NEED_ANSWER, of_needs
from apps.workplans.tables.problems import NeedFilter, NeedTable

SITE = "report__assignment__site"


class NeedList(ListPage):
    model = Need
    table_class = NeedTable
    filterset_class = NeedFilter
    title = _("What sites need")
    subtitle = _("What reports ask of departments, and what the departments answer.")
    icon = "building-community"
    empty = _("What a report asks of a department appears here.")

    def may_open(self, user):
        return access.may_look_at_needs(user)

    def get_queryset(self):
        due = of_needs().filter(subject_id=OuterRef("pk")).order_by("-pk").values("due_at")
        rows = super().get_queryset().annotate(answer_due_at=Subquery(due[:1]))
        return rows.select_related("department", SITE, "report__assignment__person")


def need(request, pk):
    user = request.user
    rows = Need.objects.visible_to(user).select_related(
        "department__head", f"{SITE}__client", "report__assignment__person", "answered_by"
    )
    shown = get_object_or_404(rows, pk=pk)
    return render(
        request,
        "workplans/need_detail.html",
        {
            "shown": shown,
            "offers": offers(user, shown, actions.answer),
            "report": Report.objects.visible_to(user).filter(pk=shown.report_id).first(),
            "clock": Obligation.objects.kind(NEED_ANSWER).about(shown).first(),
            "progress": progress_at(shown.site),
            "events": Event.objects.about(shown).select_related("actor"),
        },
    )


def progress_at(site) -> dict[str, int]:
    """How far the work at a site is, in numbers only: what departments are to know of it (7.2.1)."""
    today = timezone.localdate(timezone=site.zone)
    undelivered = Q(status__in=Task.UNDELIVERED)
    return Task.objects.filter(site=site).aggregate(
        running=Count("pk", filter=undelivered),
        late=Count("pk", filter=undelivered & Q(due_on__lt=today)),
        delivered=Count("pk", filter=Q(status=Task.Status.DELIVERED)),
        accepted=Count("pk", filter=Q(status=Task.Status.ACCEPTED)),
    )


class NeedAnswer(VerbPage):
    model = Need
    verb = actions.answer
    related = ("department__head", "report__assignment__site", "report__assignment__person")
    form_class = AnswerForm
    title = _("Answer what the site needs")
    button = _("Send the answer")
    clause = "7.2.1"
    done = _("Answered. The site was told.")

    def get_context_data(self, **kwargs):
        self.intro = self.thing.text
        return super().get_context_data(**kwargs)


def asked_of(user):
    """The badge in the menu: what this person is to answer for their department."""
    rows = Need.objects.filter(status=Need.Status.ASKED)
    mine = Q(department__in=user.headed_departments) if user.has_role("head") else Q(pk__in=[])
    return rows.filter(mine | Q(pk__in=of_needs().open().of(user).values("subject_id")))
