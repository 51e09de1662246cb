"""What passes between us and the client (chapter 7 and clause 3.4)."""

import secrets

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.communication import access
from apps.communication.policy.enquiries import AT_ONCE
from apps.core.approvals import Approvable, Approval, Outcome, Step
from apps.core.history import append_only, never_removed
from apps.core.obligations import Obligation, month_of
from apps.core.verdicts import Verdict, unless
from apps.personnel.models import Assignment, ClientContact, Site
from apps.personnel.roles import Role

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def new_token() -> str:
    """Eight letters that name an enquiry in a mail's subject; hard to guess, easy to read."""
    return "".join(secrets.choice(ALPHABET) for _position in range(8))


def person(label, **options):
    """A reference to one of our people."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=label, on_delete=models.PROTECT, related_name="+", **options
    )


class VisibleQuerySet(models.QuerySet):
    """Rows that hang on a site, seen by those of the site."""

    def visible_to(self, user):
        return self.filter(access.visible(user, getattr(self.model, "site_path", "site")))


class SignableQuerySet(VisibleQuerySet):
    """Rows that need a signature: also seen by whoever may sign them, a delegate from elsewhere included."""

    def of_the_site(self, user) -> Q:
        return access.visible(user, self.model.site_path)

    def visible_to(self, user):
        of_the_site = self.of_the_site(user)
        if not of_the_site:
            return self.all()
        rounds = Approval.objects.visible_to(user).filter(
            subject_type=ContentType.objects.get_for_model(self.model, for_concrete_model=True)
        )
        return self.filter(of_the_site | Q(pk__in=rounds.values("subject_id")))


class WaiverQuerySet(SignableQuerySet):
    """Waivers, which colleagues of the person do not see."""

    def of_the_site(self, user) -> Q:
        return access.visible_waivers(user)


def first_free(people, taken: set) -> object | None:
    """The first active person who is not a party to the matter."""
    return next((one for one in people if one and one.is_active and one.pk not in taken), None)


# --- Enquiries (7.1.2a) -------------------------------------------------------------------------------


class EnquiryQuerySet(VisibleQuerySet):
    def open(self):
        return self.filter(status=Enquiry.Status.OPEN)


class Enquiry(models.Model):
    """A client's question. Its 24-hour clock runs from arrival to the first human answer."""

    class Status(models.TextChoices):
        OPEN = "open", _("Waiting for our answer")
        ANSWERED = "answered", _("Answered")
        CLOSED = "closed", _("Closed")

    class Channel(models.TextChoices):
        MAIL = "mail", _("Mail")
        PHONE = "phone", _("Phone")
        CHAT = "chat", _("Chat")
        IN_PERSON = "in_person", _("In person")

    token = models.CharField(max_length=12, unique=True, default=new_token, editable=False)
    site = models.ForeignKey(Site, verbose_name=_("site"), on_delete=models.PROTECT, related_name="enquiries")
    contact = models.ForeignKey(
        ClientContact,
        verbose_name=_("client contact"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="enquiries",
    )
    subject = models.CharField(_("subject"), max_length=300)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    owner = person(_("owner"), null=True, blank=True)
    logged_by = person(_("logged by"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    logged_at = models.DateTimeField(_("logged at"), null=True, blank=True)  # none: a letter, not typed by us
    arrived_at = models.DateTimeField(_("arrived"))
    opened_at = models.DateTimeField()
    round = models.PositiveSmallIntegerField(default=1)
    first_answer_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = EnquiryQuerySet.as_manager()

    class Meta:
        ordering = ["-arrived_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_answer_at=None) | Q(first_answer_at__gte=F("arrived_at")),
                name="enquiry_answered_after_arrival",
            ),
            models.CheckConstraint(
                condition=~Q(status="answered") | Q(first_answer_at__isnull=False),
                name="enquiry_answered_has_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["-arrived_at"], name="enquiry_arrived"),
            models.Index(fields=["opened_at"], name="enquiry_opened"),
            GinIndex(OpClass(Upper("subject"), name="gin_trgm_ops"), name="enquiry_subject_trigrams"),
            models.Index(fields=["site", "-arrived_at"]),
            models.Index(fields=["owner", "-arrived_at"]),
            models.Index(fields=["-arrived_at"], condition=Q(status="open"), name="enquiry_open"),
        ]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="arrival_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__arrived_at__df=pgtrigger.F("new__arrived_at")),
            ),
        ]
        verbose_name = _("enquiry")
        verbose_name_plural = _("enquiries")

    def __str__(self):
        return self.subject or str(_("(no subject)"))

    def get_absolute_url(self):
        return reverse("enquiry", args=[self.pk])

    @property
    def number(self) -> str:
        return f"E-{self.token}"

    @property
    def entered_afterwards(self) -> bool:
        """Whether its moments rest on somebody's memory: it was typed in well after it came."""
        return self.logged_at is not None and self.logged_at - self.arrived_at > AT_ONCE

    @property
    def status_tone(self) -> str:
        return {"open": "warning", "answered": "success"}.get(self.status, "secondary")


class EnquiryMessage(models.Model):
    """One turn of an enquiry: from the client, to the client, or a note among ourselves."""

    class Direction(models.TextChoices):
        IN = "in", _("From the client")
        OUT = "out", _("To the client")
        NOTE = "note", _("Internal note")

    class Dispatch(models.TextChoices):
        NONE = "", _("Not a mail")
        WAITING = "waiting", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Could not be sent")

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="messages")
    direction = models.CharField(max_length=5, choices=Direction)
    channel = models.CharField(max_length=10, choices=Enquiry.Channel)
    author = person(_("author"), null=True, blank=True)
    contact = models.ForeignKey(ClientContact, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    client_address = models.CharField(max_length=320, blank=True)  # who wrote from the client, or whom we wrote to
    text = models.TextField(_("text"))
    at = models.DateTimeField()
    logged_at = models.DateTimeField(_("logged at"), null=True, blank=True)  # when we learned of it
    round = models.PositiveSmallIntegerField(_("round"), null=True, blank=True)  # of the question, when it was written
    automatic = models.BooleanField(default=False)
    message_id = models.CharField(max_length=500, blank=True)
    in_reply_to = models.CharField(max_length=500, blank=True)
    dispatch = models.CharField(max_length=10, choices=Dispatch, default=Dispatch.NONE, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    objects = VisibleQuerySet.as_manager()
    site_path = "enquiry__site"

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["message_id"], condition=~Q(message_id=""), name="message_id_once"),
            models.CheckConstraint(
                condition=Q(direction="in") | Q(author__isnull=False), name="message_of_ours_has_an_author"
            ),
        ]
        indexes = [
            models.Index(fields=["enquiry", "at"]),
            models.Index(fields=["next_try_at"], condition=Q(dispatch="waiting"), name="message_to_send"),
        ]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="words_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__text__df=pgtrigger.F("new__text"))
                | pgtrigger.Q(old__at__df=pgtrigger.F("new__at"))
                | pgtrigger.Q(old__direction__df=pgtrigger.F("new__direction")),
            ),
        ]
        verbose_name = _("message")
        verbose_name_plural = _("messages")

    def __str__(self):
        return f"{self.get_direction_display()}: {self.text[:50]}"

    def get_absolute_url(self):
        return f"{reverse('enquiry', args=[self.enquiry_id])}#message-{self.pk}"


class InboundMailQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(access.visible_mail(user))


class InboundMail(models.Model):
    """A mail as it came. Nothing is ever dropped: what joined no enquiry stays here, with the reason."""

    class Status(models.TextChoices):
        FILED = "filed", _("Joined an enquiry")
        STREAM = "stream", _("Taken in as a report")
        TRIAGE = "triage", _("To be sorted")
        AUTOMATIC = "automatic", _("Automatic reply")
        BOUNCE = "bounce", _("Undeliverable notice")
        UNREADABLE = "unreadable", _("Could not be read")
        DISMISSED = "dismissed", _("Dismissed")

    message_id = models.CharField(max_length=500, unique=True)
    sender = models.CharField(max_length=320, blank=True)
    sender_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField()
    size = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=Status)
    reason = models.CharField(max_length=300, blank=True)
    enquiry = models.ForeignKey(Enquiry, null=True, blank=True, on_delete=models.PROTECT, related_name="inbound_mails")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sorted_by = person(_("sorted by"), null=True, blank=True)
    sorted_at = models.DateTimeField(null=True, blank=True)

    objects = InboundMailQuerySet.as_manager()

    class Meta:
        ordering = ["-arrived_at", "-pk"]
        indexes = [
            models.Index(fields=["-arrived_at"], condition=Q(status="triage"), name="mail_triage"),
        ]
        triggers = never_removed()
        verbose_name = _("inbound mail")
        verbose_name_plural = _("inbound mails")

    def __str__(self):
        return self.subject or str(_("(no subject)"))

    def get_absolute_url(self):
        return reverse("mail", args=[self.pk])

    @property
    def status_tone(self) -> str:
        tones = {"filed": "success", "stream": "success", "triage": "warning", "unreadable": "danger"}
        return tones.get(self.status, "secondary")


class RawMail(models.Model):
    """The bytes of a mail, apart so that lists never load them; written in the transaction of its mail."""

    mail = models.OneToOneField(InboundMail, primary_key=True, on_delete=models.PROTECT, related_name="raw")
    content = models.BinaryField()

    class Meta:
        triggers = append_only()

    def __str__(self):
        return str(self.mail_id)


# --- Requests (7.1.2b, 1.3.2) -------------------------------------------------------------------------


class ClientRequest(models.Model):
    """Something the client wants done, with an owner, an agreed due time and an outcome."""

    class Status(models.TextChoices):
        NEW = "new", pgettext_lazy("status", "New")
        ACCEPTED = "accepted", _("Accepted")
        DONE = "done", _("Done")
        DECLINED = "declined", _("Declined")

    site = models.ForeignKey(Site, verbose_name=_("site"), on_delete=models.PROTECT, related_name="requests")
    contact = models.ForeignKey(
        ClientContact, verbose_name=_("client contact"), on_delete=models.PROTECT, related_name="requests"
    )
    enquiry = models.ForeignKey(
        Enquiry,
        verbose_name=_("enquiry"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="requests",
    )
    title = models.CharField(_("what is wanted"), max_length=200)
    detail = models.TextField(_("details"), blank=True)
    owner = person(_("owner"), null=True, blank=True)
    logged_by = person(_("logged by"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.NEW)
    received_at = models.DateTimeField(_("received"))
    agreed_due_at = models.DateTimeField(_("agreed due time"), null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(_("outcome"), blank=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=["accepted", "done"]) | Q(agreed_due_at__isnull=False, owner__isnull=False),
                name="request_accepted_has_owner_and_due",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["done", "declined"]) | ~Q(outcome=""), name="request_closed_has_outcome"
            ),
        ]
        indexes = [models.Index(fields=["site", "-received_at"])]
        triggers = [
            *never_removed(),
            pgtrigger.Trigger(
                name="agreed_date_needs_a_signature",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(old__agreed_due_at__isnull=False)
                & pgtrigger.Q(old__agreed_due_at__df=pgtrigger.F("new__agreed_due_at")),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM communication_datechange change
                        WHERE change.request_id = NEW.id AND change.status = 'approved'
                            AND change.before_at = OLD.agreed_due_at AND change.due_at = NEW.agreed_due_at
                    ) THEN
                        RAISE EXCEPTION 'an agreed due time moves only by a signed change';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        verbose_name = _("client request")
        verbose_name_plural = _("client requests")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("request", args=[self.pk])

    @property
    def status_tone(self) -> str:
        return {"new": "warning", "accepted": "info", "done": "success"}.get(self.status, "secondary")


class DateChange(Approvable):
    """Another due time for an accepted request: the client consents, then the site lead signs (7.1.2b)."""

    request = models.ForeignKey(ClientRequest, on_delete=models.PROTECT, related_name="date_changes")
    proposed_by = person(_("proposed by"))
    before_at = models.DateTimeField(_("due time before"))
    due_at = models.DateTimeField(_("new due time"))
    reason = models.TextField(_("reason"))
    consent_by = models.ForeignKey(
        ClientContact, verbose_name=_("consent of"), on_delete=models.PROTECT, related_name="+"
    )
    consent_at = models.DateTimeField(_("consent given at"))

    objects = SignableQuerySet.as_manager()
    approval_clause = "7.1.2b"
    site_path = "request__site"

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(status__in=["draft", "in_review", "returned"]), name="one_date_change"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="signed_is_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=["in_review", "approved"])
                & (
                    pgtrigger.Q(old__due_at__df=pgtrigger.F("new__due_at"))
                    | pgtrigger.Q(old__consent_at__df=pgtrigger.F("new__consent_at"))
                ),
            ),
        ]
        verbose_name = _("change of an agreed date")
        verbose_name_plural = _("changes of agreed dates")

    def __str__(self):
        return str(self.request)

    def get_absolute_url(self):
        return reverse("date_change", args=[self.pk])

    @property
    def site(self):
        return self.request.site

    def approval_site(self):
        return self.site

    def approval_parties(self):
        yield self.proposed_by
        yield self.request.owner

    def approval_route(self):
        site = self.request.site
        taken = {self.proposed_by_id, self.request.owner_id}
        yield Step(_("site lead"), person=site.lead, instead=first_free([site.deputy, *site.heads], taken))

    def approval_stand_ins(self):
        yield from self.site.leads
        yield from self.site.heads
        yield from super().approval_stand_ins()

    def approval_heads(self):
        return self.site.heads


# --- Meetings (7.1.1) ---------------------------------------------------------------------------------


class Meeting(models.Model):
    """A talk with the client. It counts for the month only in person, with a client participant, confirmed."""

    class Mode(models.TextChoices):
        IN_PERSON = "in_person", _("Face to face")
        PHONE = "phone", _("Phone")
        VIDEO = "video", _("Video")

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        HELD = "held", _("Held, to be confirmed")
        CONFIRMED = "confirmed", _("Confirmed")
        CANCELLED = "cancelled", _("Cancelled")

    site = models.ForeignKey(Site, verbose_name=_("site"), on_delete=models.PROTECT, related_name="meetings")
    organiser = person(_("organiser"))
    mode = models.CharField(_("how"), max_length=10, choices=Mode)
    begins_at = models.DateTimeField(_("begins"))
    place = models.CharField(_("place"), max_length=200, blank=True)
    agenda = models.CharField(_("about"), max_length=200)
    minutes = models.TextField(_("minutes"), blank=True)
    staff = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("our participants"), related_name="meetings"
    )
    contacts = models.ManyToManyField(
        ClientContact, verbose_name=_("client's participants"), related_name="meetings", blank=True
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PLANNED)
    confirmed_by = person(_("confirmed by"), null=True, blank=True)
    confirmed_for = models.ForeignKey(
        ClientContact,
        verbose_name=_("confirmed for the client by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["-begins_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="confirmed") | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="meeting_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["held", "confirmed"]) | ~Q(minutes=""), name="meeting_held_has_minutes"
            ),
        ]
        indexes = [models.Index(fields=["site", "-begins_at"])]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="confirmed_is_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status="confirmed")
                & (
                    pgtrigger.Q(old__begins_at__df=pgtrigger.F("new__begins_at"))
                    | pgtrigger.Q(old__mode__df=pgtrigger.F("new__mode"))
                    | pgtrigger.Q(old__site_id__df=pgtrigger.F("new__site_id"))
                    | pgtrigger.Q(old__status__df=pgtrigger.F("new__status"))
                ),
            ),
        ]
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")

    def __str__(self):
        return self.agenda

    def get_absolute_url(self):
        return reverse("meeting", args=[self.pk])

    @property
    def status_tone(self) -> str:
        return {"planned": "info", "held": "warning", "confirmed": "success"}.get(self.status, "secondary")


class MeetingWaiver(Approvable):
    """No meeting is owed for a month: the client was closed, the person was ill. The head decides (7.1.1)."""

    class Ground(models.TextChoices):
        CLOSED = "closed", _("The client was closed")
        ILLNESS = "illness", _("Illness")
        OTHER = "other", _("Another ground")

    assignment = models.ForeignKey(
        Assignment, verbose_name=_("assignment"), on_delete=models.PROTECT, related_name="meeting_waivers"
    )
    month = models.DateField(_("month"), help_text=_("Any day of the month."))
    ground = models.CharField(_("ground"), max_length=10, choices=Ground)
    reason = models.TextField(_("reason"))
    asked_by = person(_("asked by"))

    objects = WaiverQuerySet.as_manager()
    approval_clause = "7.1.1"
    site_path = "assignment__site"

    class Meta:
        ordering = ["-month", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="waiver_month_is_its_first_day"),
            models.UniqueConstraint(
                fields=["assignment", "month"],
                condition=Q(status__in=["draft", "in_review", "returned", "approved"]),
                name="waiver_once_a_month",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="signed_is_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=["in_review", "approved"])
                & (
                    pgtrigger.Q(old__month__df=pgtrigger.F("new__month"))
                    | pgtrigger.Q(old__assignment_id__df=pgtrigger.F("new__assignment_id"))
                    | pgtrigger.Q(old__reason__df=pgtrigger.F("new__reason"))
                ),
            ),
        ]
        verbose_name = _("meeting waiver")
        verbose_name_plural = _("meeting waivers")

    def __str__(self):
        return f"{self.assignment} · {self.month:%Y-%m}"

    def get_absolute_url(self):
        return reverse("waiver", args=[self.pk])

    @property
    def site(self):
        return self.assignment.site

    @property
    def may_be_waived(self) -> Verdict:
        """Yes, unless the client was met in the month."""
        kept = Obligation.objects.about(self.assignment).filter(kind="monthly_meeting", period=month_of(self.month))
        return unless(
            kept.filter(status=Obligation.Status.MET).exists(),
            _("The client was met in this month: there is nothing to waive."),
            clause=self.approval_clause,
        )

    def approval_site(self):
        return self.site

    def approval_check(self, signature, outcome):
        return self.may_be_waived if outcome == Outcome.APPROVED else super().approval_check(signature, outcome)

    def approval_parties(self):
        yield self.assignment.person

    def approval_route(self):
        """The department head; for the head's own, one above, or where there is none an executive."""
        site = self.assignment.site
        head = first_free(site.heads, {self.asked_by_id, self.assignment.person_id})
        yield Step(_("department head"), person=head) if head else Step(_("executive"), role=Role.EXECUTIVE)

    def approval_stand_ins(self):
        yield from self.site.heads
        yield from super().approval_stand_ins()

    def approval_heads(self):
        return self.site.heads


# --- Complaints, major problems (3.4.3) and the contact log (3.4.1) -------------------------------------


class Problem(models.Model):
    """A complaint or a major problem: departments and leaders learn at once and sign a joint plan (3.4.3)."""

    class Kind(models.TextChoices):
        COMPLAINT = "complaint", _("Complaint")
        MAJOR = "major", _("Major problem")

    class Status(models.TextChoices):
        RAISED = "raised", _("To be acknowledged")
        ACKNOWLEDGED = "acknowledged", _("Being solved")
        CLOSED = "closed", _("Closed")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    site = models.ForeignKey(Site, verbose_name=_("site"), on_delete=models.PROTECT, related_name="problems")
    contact = models.ForeignKey(
        ClientContact,
        verbose_name=_("client contact"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="problems",
    )
    enquiry = models.ForeignKey(
        Enquiry,
        verbose_name=_("enquiry"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="problems",
    )
    title = models.CharField(_("what happened"), max_length=200)
    detail = models.TextField(_("details"))
    raised_by = person(_("raised by"))
    raised_at = models.DateTimeField(_("raised"))
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.RAISED)
    acknowledged_by = person(_("acknowledged by"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    plan = models.TextField(_("joint plan"), blank=True)
    plan_version = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(_("outcome"), blank=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="closed") | (~Q(plan="") & ~Q(outcome="")), name="problem_closed_has_plan"
            ),
            models.CheckConstraint(
                condition=Q(status="raised") | Q(acknowledged_by__isnull=False), name="problem_acknowledged_by"
            ),
        ]
        triggers = never_removed()
        verbose_name = _("complaint or major problem")
        verbose_name_plural = _("complaints and major problems")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("problem", args=[self.pk])

    @property
    def status_tone(self) -> str:
        return {"raised": "danger", "acknowledged": "warning"}.get(self.status, "success")


class PlanSignature(models.Model):
    """Somebody's signature under one version of a joint plan, and the sides they stood on that day.

    Two different people sign before it closes.
    """

    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="signatures")
    version = models.PositiveSmallIntegerField()
    person = person(_("signed by"))
    for_company = models.BooleanField()
    for_site = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["problem", "version", "person"], name="plan_signed_once_by_each")
        ]
        triggers = append_only()

    def __str__(self):
        return f"{self.person} {self.at}"


class ContactLog(models.Model):
    """A contact with somebody of the client's, however it came about (3.4.1)."""

    class Mode(models.TextChoices):
        IN_PERSON = "in_person", _("In person")
        PHONE = "phone", _("Phone")
        VIDEO = "video", _("Video")
        CHAT = "chat", _("Chat")
        MAIL = "mail", _("Mail")

    site = models.ForeignKey(Site, verbose_name=_("site"), on_delete=models.PROTECT, related_name="contact_log")
    contact = models.ForeignKey(
        ClientContact, verbose_name=_("client contact"), on_delete=models.PROTECT, related_name="log"
    )
    person = person(_("our person"))
    mode = models.CharField(_("how"), max_length=10, choices=Mode)
    at = models.DateTimeField(_("when"))
    summary = models.TextField(_("what about"))
    logged_at = models.DateTimeField()

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["site", "-at"])]
        triggers = append_only()
        verbose_name = _("contact")
        verbose_name_plural = _("contact log")

    def __str__(self):
        return f"{self.contact}: {self.summary[:60]}"

    def get_absolute_url(self):
        return f"{reverse('contact_log')}?site={self.site_id}"
