"""Pages of incoming mail: what waits to be sorted, and everything as it came."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.db.models import Count, Min
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.communication import access
from apps.communication.actions import sorting
from apps.communication.forms.enquiries import FileForm, JoinForm
from apps.communication.mail import read
from apps.communication.models import Enquiry, InboundMail
from apps.communication.tables.enquiries import MailFilter, MailTable
from apps.core import parameters
from apps.core.forms import ReasonForm
from apps.core.transitions import Event
from apps.core.verdicts import Verdict, unless
from apps.core.web import FormPage, ListPage, Todo, todo


def possible(verb, user, mail: InboundMail) -> Verdict:
    return unless(
        mail.status not in verb.sources, _("It is “%(status)s” now.") % {"status": mail.get_status_display()}
    ) & verb.may(user, mail)


class MailList(ListPage):
    model = InboundMail
    table_class = MailTable
    filterset_class = MailFilter
    title = _("Incoming mail")
    subtitle = _("Every letter is kept. What found no question by itself waits here; its 24 hours run.")
    icon = "mail"
    empty = _("Nothing waits to be sorted. New letters of clients appear here.")
    defaults = {"status": "unsorted"}

    def may_open(self, user):
        return access.may_sort_mail(user)

    def get_queryset(self):
        return super().get_queryset().select_related("site").defer("text")


def mail_of(request, pk) -> InboundMail:
    rows = InboundMail.objects.visible_to(request.user).select_related("site", "enquiry__site", "sorted_by")
    return get_object_or_404(rows, pk=pk)


def mail(request, pk):
    found = mail_of(request, pk)
    return render(request, "communication/mail_detail.html", mail_context(request, found))


def answer_due(arrived_at: datetime) -> datetime:
    """When a letter must be answered, should it be a client's question."""
    hours = parameters.value("client_reply_hours", on=arrived_at.date())
    return arrived_at + timedelta(hours=float(hours))


def mail_context(request, found: InboundMail) -> dict:
    user = request.user
    filed = found.status == InboundMail.Status.FILED
    return {
        "due_at": answer_due(found.arrived_at) if found.status in sorting.UNSORTED else None,
        "mail": found,
        # A filed letter stands in its conversation; only another one is worth taking apart again.
        "letter": None if filed else read(bytes(found.raw.content)),
        "sees_enquiry": Enquiry.objects.visible_to(user).filter(pk=found.enquiry_id).exists(),
        "events": Event.objects.about(found).select_related("actor"),
        "may_file": possible(sorting.file_as_new, user, found),
        "may_dismiss": possible(sorting.dismiss, user, found),
        "may_sort": access.may_sort_mail(user, found),
    }


class AboutMail(FormPage):
    """A form that sorts one letter."""

    template_name = "communication/mail_form.html"
    clause = "7.1.2a"
    verb = None

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.mail = mail_of(request, kwargs["pk"])

    def dispatch(self, request, *args, **kwargs):
        """A letter that was sorted meanwhile says on its own page where it went."""
        verdict = possible(self.verb, request.user, self.mail)
        if not verdict and self.may_open(request.user):
            messages.warning(request, verdict.reason)
            return redirect(self.mail)
        return super().dispatch(request, *args, **kwargs)

    def may_open(self, user):
        return access.may_sort_mail(user, self.mail)

    def get_context_data(self, **kwargs):
        return {**super().get_context_data(**kwargs), "mail": self.mail, "intro": str(self.mail)}

    @property
    def back(self):
        return self.mail.get_absolute_url()


class MailFile(AboutMail):
    form_class = FileForm
    verb = staticmethod(sorting.file_as_new)
    title = _("A new question")
    button = _("Open the question")

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "user": self.request.user, "mail": self.mail}

    def act(self, form):
        return sorting.file_as_new(self.mail, **form.cleaned_data, by=self.request.user, now=timezone.now()).enquiry


class MailJoin(AboutMail):
    form_class = JoinForm
    verb = staticmethod(sorting.file_into)
    title = _("Part of a question")
    button = _("Add it there")

    def get_form_kwargs(self):
        initial = {"enquiry": self.mail.enquiry.number} if self.mail.enquiry else {}
        return {**super().get_form_kwargs(), "user": self.request.user, "initial": initial}

    def act(self, form):
        return sorting.file_into(self.mail, **form.cleaned_data, by=self.request.user, now=timezone.now()).enquiry


class MailDismiss(AboutMail):
    form_class = ReasonForm
    verb = staticmethod(sorting.dismiss)
    title = _("Dismiss")
    button = _("Dismiss")

    def act(self, form):
        sorting.dismiss(self.mail, **form.cleaned_data, by=self.request.user, now=timezone.now())
        return reverse("mails")


@require_POST
def mail_original(request, pk):
    """The letter byte for byte. By POST, because opening it is recorded."""
    found = mail_of(request, pk)
    raw = sorting.open_original(found, by=request.user, now=timezone.now())
    response = HttpResponse(raw, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="mail-{found.pk}.eml"'
    response["Cache-Control"] = "private, no-store"
    return response


def unsorted_of(user):
    return InboundMail.objects.visible_to(user).filter(status__in=sorting.UNSORTED)


@todo
def mail_to_sort(user) -> Todo | None:
    """Home: letters that found no question by themselves; the 24 hours of the oldest run."""
    if not access.may_sort_mail(user):
        return None
    found = unsorted_of(user).aggregate(count=Count("pk"), oldest=Min("arrived_at"))
    if not found["count"]:
        return None
    return Todo(
        ngettext("Sort %(count)s letter", "Sort %(count)s letters", found["count"]) % {"count": found["count"]},
        _("Incoming mail that found no question by itself"),
        reverse("mails"),
        answer_due(found["oldest"]),
    )
