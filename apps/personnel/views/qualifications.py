"""Skills, certificates and earlier work: lists, one certificate, and the forms (2.1.2, 2.4.3a)."""

from datetime import datetime, time, timedelta

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.core import web
from apps.core.attachments import Attachment
from apps.core.forms import ReasonForm
from apps.core.pages import OncePage
from apps.core.transitions import Event
from apps.core.verdicts import WrongState, no, require
from apps.personnel import access
from apps.personnel.actions import qualifications as actions
from apps.personnel.forms.people_records import (
    CertificateForm,
    ClaimForm,
    MoreFilesForm,
    NewWorkForm,
    VerifyCertificateForm,
    VerifySkillForm,
    VouchForm,
    WorkForm,
)
from apps.personnel.models import Certificate, PersonSkill, User, WorkHistory
from apps.personnel.policy.qualifications import NOTICE
from apps.personnel.roles import Role
from apps.personnel.tables.people_records import (
    CertificateFilter,
    CertificateTable,
    PersonSkillFilter,
    PersonSkillTable,
)

# --- Lists --------------------------------------------------------------------------------------------


class Certificates(web.ListPage):
    model = Certificate
    table_class = CertificateTable
    filterset_class = CertificateFilter
    title = _("Certificates")
    subtitle = _("Who holds what, first what runs out first.")
    icon = "award"
    empty = _("Certificates that people enter on their pages stand here.")

    def may_open(self, user):
        return access.may_look_at_qualifications(user)

    def get_queryset(self):
        return super().get_queryset().select_related("kind", "person__department")


class PersonSkills(web.ListPage):
    model = PersonSkill
    table_class = PersonSkillTable
    filterset_class = PersonSkillFilter
    title = _("Skills of people")
    subtitle = _("What people say they can do, and what somebody else has verified.")
    icon = "star"
    empty = _("Skills that people claim on their pages stand here.")

    def may_open(self, user):
        return access.may_look_at_qualifications(user)

    def get_queryset(self):
        return super().get_queryset().select_related("skill", "person__department", "verified_by")


@web.todo
def certificates_run_out(user) -> web.Todo | None:
    """For HR: whose certificates run out soon, and nothing newer is there."""
    if not user.has_role(Role.HR):
        return None
    today = timezone.localdate()
    days = list(Certificate.objects.running_out(today, today + NOTICE).values_list("expires_on", flat=True))
    if not days:
        return None
    return web.Todo(
        title=ngettext(
            "%(count)s certificate runs out within %(days)s days",
            "%(count)s certificates run out within %(days)s days",
            len(days),
        )
        % {"count": len(days), "days": NOTICE.days},
        detail=_("Ask for the new ones before postings are at risk."),
        url=f"{reverse('certificates')}?state={NOTICE.days}",
        due_at=timezone.make_aware(datetime.combine(min(days) + timedelta(days=1), time.min)),
    )


# --- Pages about somebody -----------------------------------------------------------------------------


class OfSomebody(OncePage):
    """A form that adds something to a person's record. A stranger gets 404, the wrong person 403."""

    done = _("Saved.")

    def may_open(self, user):
        self.shown = get_object_or_404(User.objects.visible_to(user), pk=self.kwargs["pk"])
        self.back = self.shown.get_absolute_url()
        return self.may(user)

    def may(self, user):
        return access.may_keep_record(user, self.shown)

    @property
    def moment(self) -> dict:
        return {"by": self.request.user, "now": timezone.now()}

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"intro": self.intro or self.shown.name}


class OfOne(web.FormPage):
    """A form about one record of a person."""

    model: type = None
    done = _("Saved.")

    def may_open(self, user):
        rows = self.model.objects.visible_to(user).select_related("person")
        self.thing = get_object_or_404(rows, pk=self.kwargs["pk"])
        self.back = self.thing.get_absolute_url()
        return self.may(user)

    def may(self, user):
        return access.may_vouch(user, self.thing.person)

    @property
    def moment(self) -> dict:
        return {"by": self.request.user, "now": timezone.now()}

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"intro": str(self.thing)}


# --- Skills -------------------------------------------------------------------------------------------


class SkillClaim(OfSomebody):
    form_class = ClaimForm
    title = _("Claim a skill")
    intro = _("What was verified before stays as it is; somebody else verifies the new level.")
    clause = "2.4.3a"

    def may(self, user):
        return access.may_claim(user, self.shown)

    def get_initial(self):
        wanted = self.request.GET.get("of", "")
        held = PersonSkill.objects.filter(person=self.shown, pk=wanted).first() if wanted.isdecimal() else None
        return {"skill": held.skill_id, "level": held.claimed_level, "evidence": held.evidence} if held else {}

    def make(self, inputs):
        return actions.claim_skill(self.shown, **inputs, **self.moment)


class SkillVouch(OfSomebody):
    """A verified skill that the person has not claimed: how a company that begins fills its register."""

    form_class = VouchForm
    title = _("Enter a skill")
    intro = _("It counts as verified by you. The person may claim more; that is verified again.")
    clause = "2.4.3a"

    def may(self, user):
        return access.may_vouch(user, self.shown)

    def make(self, inputs):
        return actions.enter_skill(self.shown, **inputs, **self.moment)


class SkillVerify(OfOne):
    model = PersonSkill
    form_class = VerifySkillForm
    title = _("Verify a skill")
    button = _("Verify")
    clause = "2.4.3a"
    template_name = "personnel/skill_verify.html"

    def get_initial(self):
        return {"level": self.thing.claimed_level or self.thing.verified_level}

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"held": self.thing}

    def act(self, form):
        person, skill = self.thing.person, self.thing.skill
        return actions.verify_skill(person, skill=skill, **form.cleaned_data, **self.moment)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"held": self.thing}


@require_POST
def person_skill_take_back(request, pk):
    held = get_object_or_404(PersonSkill.objects.visible_to(request.user).select_related("person", "skill"), pk=pk)
    person = actions.take_back_claim(held, by=request.user, now=timezone.now())
    messages.success(request, _("Taken back."))
    return redirect(person)


# --- Certificates -------------------------------------------------------------------------------------


class CertificateNew(OfSomebody):
    form_class = CertificateForm
    title = _("New certificate")
    clause = "2.1.2"

    def make(self, inputs):
        return actions.add_certificate(self.shown, **inputs, **self.moment)


def certificate(request, pk):
    rows = Certificate.objects.visible_to(request.user).select_related("person", "kind", "added_by", "verified_by")
    shown = get_object_or_404(rows, pk=pk)
    me, standing = request.user, shown.withdrawn_at is None
    return render(
        request,
        "personnel/certificate_detail.html",
        {
            "certificate": shown,
            "files": Attachment.objects.about(shown),
            "events": Event.objects.about(shown).select_related("actor"),
            "standing": standing,
            "may_keep": access.may_keep_record(me, shown.person),
            "may_verify": access.may_vouch(me, shown.person),
        },
    )


class CertificateFiles(OncePage):
    form_class = MoreFilesForm
    title = _("Add files")
    button = _("Add them")
    clause = "2.1.2"

    def may_open(self, user):
        rows = Certificate.objects.visible_to(user).select_related("person")
        self.thing = get_object_or_404(rows, pk=self.kwargs["pk"])
        self.back, self.intro = self.thing.get_absolute_url(), str(self.thing)
        return access.may_keep_record(user, self.thing.person)

    def make(self, inputs):
        return actions.add_files(self.thing, **inputs, by=self.request.user, now=timezone.now())


class OfCertificate(OfOne):
    """What can be done to a certificate that stands."""

    model = Certificate
    clause = "2.1.2"

    def may_open(self, user):
        verdict = super().may_open(user)
        if verdict and self.thing.withdrawn_at:
            require(no(_("This certificate was withdrawn.")), WrongState)
        return verdict


class CertificateVerify(OfCertificate):
    form_class = VerifyCertificateForm
    title = _("Verify a certificate")
    button = _("Verify")

    def act(self, form):
        return actions.verify_certificate(self.thing, **form.cleaned_data, **self.moment)


class CertificateWithdraw(OfCertificate):
    form_class = ReasonForm
    title = _("Withdraw a certificate")
    button = _("Withdraw")

    def may(self, user):
        return access.may_keep_record(user, self.thing.person)

    def act(self, form):
        return actions.withdraw_certificate(self.thing, **form.cleaned_data, **self.moment)


# --- Earlier work -------------------------------------------------------------------------------------


class WorkNew(OfSomebody):
    form_class = NewWorkForm
    title = _("Earlier work")

    def make(self, inputs):
        return actions.keep_work(WorkHistory(person=self.shown), **inputs, **self.moment)


class WorkEdit(OfOne):
    model = WorkHistory
    form_class = WorkForm
    title = _("Earlier work")

    def may(self, user):
        return access.may_keep_record(user, self.thing.person)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"instance": WorkHistory.objects.get(pk=self.thing.pk)}

    def act(self, form):
        return actions.keep_work(self.thing, **form.cleaned_data, **self.moment)


@require_POST
def work_history_remove(request, pk):
    work = get_object_or_404(WorkHistory.objects.visible_to(request.user).select_related("person"), pk=pk)
    person = actions.remove_work(work, by=request.user, now=timezone.now())
    messages.success(request, _("Removed."))
    return redirect(person)


# --- On the person's page -----------------------------------------------------------------------------


@web.panel("person", 60)
def skills_of(request, shown):
    me = request.user
    if not access.sees_record_of(me, shown):
        return None
    return "personnel/skill_panel.html", {
        "person": shown,
        "held": PersonSkill.objects.filter(person=shown).select_related("skill", "verified_by"),
        "may_claim": access.may_claim(me, shown),
        "own": me == shown,
        "may_verify": access.may_vouch(me, shown),
    }


@web.panel("person", 61)
def certificates_of(request, shown):
    me = request.user
    if not access.sees_record_of(me, shown):
        return None
    return "personnel/certificate_panel.html", {
        "person": shown,
        "certificates": Certificate.objects.filter(person=shown, withdrawn_at=None).select_related("kind"),
        "may_keep": access.may_keep_record(me, shown),
    }


@web.panel("person", 62)
def earlier_work_of(request, shown):
    me = request.user
    if not access.sees_record_of(me, shown):
        return None
    return "personnel/work_panel.html", {
        "person": shown,
        "work": WorkHistory.objects.filter(person=shown),
        "may_keep": access.may_keep_record(me, shown),
    }
