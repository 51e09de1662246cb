"""Pages of enquiries: the list, the conversation with its clock, and the forms around it (7.1.2a)."""

from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.communication import access
from apps.communication.actions import enquiries as actions
from apps.communication.actions import sending
from apps.communication.forms.enquiries import (
    AnswerForm,
    AssignForm,
    CorrectForm,
    LogForm,
    MoveForm,
    NoteForm,
    workplaces,
)
from apps.communication.models import Enquiry, EnquiryMessage
from apps.communication.obligations.enquiries import rounds, with_clock
from apps.communication.tables.enquiries import EnquiryFilter, EnquiryTable, found_by
from apps.communication.views.subjects import SiteList, site_panel
from apps.core.attachments import Attachment
from apps.core.forms import ReasonForm
from apps.core.transitions import Event
from apps.core.verdicts import Verdict, unless
from apps.core.web import FormPage, Hit, panel, searches, see

HISTORY = 100
PANEL_ROWS = 6


def may_log(user) -> Verdict:
    return unless(
        not workplaces(user).exists(),
        _("Questions are logged by those who work at a site."),
        remedy=_("Ask its site lead to log it."),
        clause="7.1.2a",
    )


def possible(verb, user, enquiry: Enquiry) -> Verdict:
    """Whether this person may do this now: the button's verdict, by the verb's own rules."""
    return unless(
        enquiry.status not in verb.sources,
        _("It is “%(status)s” now.") % {"status": enquiry.get_status_display()},
        clause="7.1.2a",
    ) & verb.may(user, enquiry)


# --- The list -----------------------------------------------------------------------------------------


class EnquiryList(SiteList):
    model = Enquiry
    table_class = EnquiryTable
    filterset_class = EnquiryFilter
    title = _("Enquiries")
    subtitle = _("Every question of a client is answered within 24 hours of its arrival.")
    icon = "messages"
    empty = _("Questions of clients appear here, from mail and from what you log.")

    def get_queryset(self):
        rows = super().get_queryset().select_related("site", "contact", "owner")
        return with_clock(rows, timezone.now())

    def actions(self, user):
        return [
            {
                "url": reverse("enquiry_new"),
                "label": _("Log an enquiry"),
                "icon": "plus",
                "tone": "primary",
                "verdict": may_log(user),
            }
        ]


class EnquiryNew(FormPage):
    form_class = LogForm
    title = _("Log an enquiry")
    button = _("Log it")
    clause = "7.1.2a"

    def may_open(self, user):
        return may_log(user)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "user": self.request.user}

    def act(self, form):
        return actions.log_enquiry(**form.cleaned_data, by=self.request.user, now=timezone.now())


# --- The conversation ---------------------------------------------------------------------------------


def enquiry_of(request, pk) -> Enquiry:
    rows = Enquiry.objects.visible_to(request.user).select_related(
        "site__lead", "site__deputy", "site__department", "site__client", "contact", "owner"
    )
    return get_object_or_404(rows, pk=pk)


def enquiry_context(request, enquiry: Enquiry) -> dict:
    """Everything the page of an enquiry shows, with a constant number of queries."""
    user, now = request.user, timezone.now()
    talk = list(enquiry.messages.select_related("author", "contact"))
    files = Attachment.objects.filter(
        subject_type=ContentType.objects.get_for_model(EnquiryMessage), subject_id__in=[one.pk for one in talk]
    )
    by_message: dict[int, list[Attachment]] = {}
    for file in files:
        by_message.setdefault(file.subject_id, []).append(file)
    originals = dict(enquiry.inbound_mails.visible_to(user).values_list("message_id", "pk"))
    may_resend = access.may_work(user, enquiry)
    for one in talk:
        one.files = by_message.get(one.pk, [])
        one.original = originals.get(one.message_id)
    clocks = rounds(enquiry)
    for clock in clocks:
        clock.took = clock.met_at - clock.opened_at if clock.met_at else None
        clock.is_late = clock.late or (clock.status == clock.Status.OPEN and clock.due_at < now)
        clock.recorded_late = clock.late and clock.met_at is not None and clock.met_at <= clock.due_at
    newest = max((one.pk for one in talk), default=None)
    return {
        "enquiry": enquiry,
        "talk": talk,
        "newest": newest,
        "clocks": clocks,
        "clock": clocks[-1] if clocks else None,
        "same_zone": str(user.zone) == enquiry.site.time_zone,
        "events": Event.objects.about(enquiry).select_related("actor")[:HISTORY],
        "may_answer": possible(actions.give_answer, user, enquiry),
        "may_note": access.may_assign(user, enquiry),
        "may_assign": possible(actions.assign, user, enquiry),
        "may_correct": possible(actions.correct, user, enquiry),
        "may_move": possible(actions.move, user, enquiry),
        "may_close": possible(actions.close, user, enquiry),
        "may_reopen": possible(actions.reopen, user, enquiry),
        "may_put_aside": possible(actions.needs_no_answer, user, enquiry),
        "may_resend": may_resend,
        "answer_form": AnswerForm(enquiry=enquiry, newest=newest, prefix="answer"),
        "note_form": NoteForm(prefix="note"),
        "tab": "answer",
    }


def enquiry(request, pk):
    return render(request, "communication/enquiry_detail.html", enquiry_context(request, enquiry_of(request, pk)))


class AboutEnquiry(FormPage):
    """A form about one enquiry."""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.enquiry = enquiry_of(request, kwargs["pk"])

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "enquiry": self.enquiry}

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"enquiry": self.enquiry, "intro": str(self.enquiry)}

    @property
    def back(self):
        return self.enquiry.get_absolute_url()


class InConversation(AboutEnquiry):
    """A form that stands on the page of its enquiry."""

    template_name = "communication/enquiry_detail.html"
    tab = ""

    def get_prefix(self):
        return self.tab

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs) | enquiry_context(self.request, self.enquiry)
        return context | {f"{self.tab}_form": context["form"], "tab": self.tab}


class EnquiryAnswer(InConversation):
    form_class = AnswerForm
    tab = "answer"
    done = _("Your answer is on its way.")

    def act(self, form):
        message = actions.answer(self.enquiry, **form.cleaned_data, by=self.request.user, now=timezone.now())
        if message.dispatch != EnquiryMessage.Dispatch.WAITING:
            self.done = _("Your answer is noted.")
        return self.enquiry

    def form_invalid(self, form):
        # The page drawn now shows the newest turn, so the next try has seen it.
        newest = self.enquiry.messages.order_by("-pk").values_list("pk", flat=True).first()
        form.data = form.data.copy()
        form.data[form.add_prefix("seen")] = str(newest or "")
        self.enquiry.refresh_from_db()
        return super().form_invalid(form)


class EnquiryNote(InConversation):
    form_class = NoteForm
    tab = "note"

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()
        del kwargs["enquiry"]
        return kwargs

    def act(self, form):
        actions.note(self.enquiry, **form.cleaned_data, by=self.request.user, now=timezone.now())
        return self.enquiry


class EnquiryAssign(AboutEnquiry):
    form_class = AssignForm
    title = _("Hand over")
    button = _("Hand over")
    clause = "1.3.2"

    def may_open(self, user):
        return access.may_assign(user, self.enquiry)

    def act(self, form):
        return actions.assign(self.enquiry, **form.cleaned_data, by=self.request.user, now=timezone.now())


class EnquiryCorrect(AboutEnquiry):
    form_class = CorrectForm
    title = _("Correct subject or contact")

    def may_open(self, user):
        return access.may_assign(user, self.enquiry)

    def act(self, form):
        return actions.correct(self.enquiry, **form.cleaned_data, by=self.request.user, now=timezone.now())


class EnquiryMove(AboutEnquiry):
    form_class = MoveForm
    title = _("Move to another site")
    button = _("Move")
    clause = "1.3.2"

    def may_open(self, user):
        return access.may_move(user, self.enquiry)

    def act(self, form):
        actions.move(self.enquiry, **form.cleaned_data, by=self.request.user, now=timezone.now())
        still_seen = Enquiry.objects.visible_to(self.request.user).filter(pk=self.enquiry.pk).exists()
        return self.enquiry if still_seen else "enquiries"


class EnquiryPutAside(AboutEnquiry):
    form_class = ReasonForm
    title = _("Needs no answer")
    button = _("Close it")
    clause = "7.1.2a"

    def may_open(self, user):
        return access.may_lead(user, self.enquiry)

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()
        del kwargs["enquiry"]
        return kwargs

    def act(self, form):
        return actions.needs_no_answer(self.enquiry, **form.cleaned_data, by=self.request.user, now=timezone.now())


@require_POST
def enquiry_close(request, pk):
    thing = enquiry_of(request, pk)
    actions.close(thing, by=request.user, now=timezone.now())
    return redirect(thing)


@require_POST
def enquiry_reopen(request, pk):
    thing = enquiry_of(request, pk)
    actions.reopen(thing, by=request.user, now=timezone.now())
    messages.success(request, _("Open again. A new clock runs."))
    return redirect(thing)


@require_POST
def answer_resend(request, pk):
    rows = EnquiryMessage.objects.visible_to(request.user).select_related("enquiry__site")
    message = get_object_or_404(rows, pk=pk)
    sending.resend(message, by=request.user, now=timezone.now())
    messages.success(request, _("Your answer is on its way."))
    return redirect(message.enquiry)


# --- On other pages -----------------------------------------------------------------------------------


def waiting_of(user):
    """The badge in the menu: questions that wait for this person's answer."""
    return Enquiry.objects.open().filter(owner=user)


@searches(_("Enquiries"))
def find(user, words, most):
    rows = Enquiry.objects.visible_to(user).filter(found_by(words)).select_related("site")[:most]
    return [Hit(str(one), f"{one.number} · {one.site}", one.get_absolute_url(), "messages") for one in rows]


def _open_rows(rows, user, now):
    rows = with_clock(rows.open().visible_to(user), now).select_related("site", "contact", "owner")
    return list(rows.order_by("opened_at", "pk")[:PANEL_ROWS])


@site_panel(20)
def on_site(request, site):
    rows = Enquiry.objects.filter(site=site)
    return "communication/enquiry_panel.html", {
        "rows": _open_rows(rows, request.user, timezone.now()),
        "more": f"{reverse('enquiries')}?site={site.pk}",
        "site": site,
    }


@panel("person", 30)
def on_person(request, person):
    rows = _open_rows(Enquiry.objects.filter(owner=person), request.user, timezone.now())
    if not rows:
        return None
    return "communication/enquiry_panel.html", {"rows": rows, "more": f"{reverse('enquiries')}?owner={person.pk}"}


@see(20)
def on_home(request):
    """Clients who wait, the longest waiting first."""
    rows = _open_rows(Enquiry.objects.all(), request.user, timezone.now())
    if not rows and not may_log(request.user):
        return None
    return "communication/enquiry_panel.html", {"rows": rows, "more": f"{reverse('enquiries')}?status=open"}
