"""Two worlds that mirror each other: one of everything at a site, and one of everything elsewhere."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from knox.models import AuthToken

from apps.communication.models import (
    ClientRequest,
    ContactLog,
    DateChange,
    Enquiry,
    EnquiryMessage,
    InboundMail,
    Meeting,
    MeetingWaiver,
    Problem,
    RawMail,
)
from apps.core import approvals, attachments, obligations
from apps.core.approvals import Delegation
from apps.core.imports import ImportBatch, ImportProgress
from apps.core.notifications import Delivery, Notification, Robot
from apps.core.saved_views import SavedView
from apps.personnel.models import (
    Acknowledgement,
    Certificate,
    CertificateKind,
    Department,
    Departure,
    Grade,
    Handover,
    HandoverItem,
    Holiday,
    PersonSkill,
    Project,
    QualificationWaiver,
    Skill,
    UnapprovedAbsence,
    WorkHistory,
)
from apps.personnel.tests.factories import (
    AssignmentFactory,
    ClientContactFactory,
    DocumentFactory,
    ProofFactory,
    RequirementFactory,
    SiteFactory,
    StaffingRequestFactory,
    UserFactory,
)
from onsite.tests.world_quality import judged
from onsite.tests.world_training import trainings
from onsite.tests.world_work import work

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@dataclass(frozen=True)
class World:
    """People of one site, and one of every thing, by the name that its routes begin with."""

    people: SimpleNamespace
    things: dict[str, object]


def build(name: str) -> World:
    """Everything at one site. `name` appears in every text, so that a leak shows."""
    site = SiteFactory(name=f"{name} site", code=name)
    staff = UserFactory(name=f"{name} staff", emergency_name=f"{name} relation", emergency_phone="+86 755 1234567")
    assignment = AssignmentFactory(site=site, person=staff, objection=f"{name} objects")
    contact = ClientContactFactory(name=f"{name} contact", client=site.client)
    contact.sites.add(site)
    head = site.department.head
    enquiry = Enquiry.objects.create(
        site=site, contact=contact, subject=f"{name} enquiry", channel="mail", owner=staff, logged_by=staff,
        arrived_at=NOW, opened_at=NOW,
    )  # fmt: skip
    message = EnquiryMessage.objects.create(
        enquiry=enquiry, direction="out", channel="mail", author=staff, text=f"{name} answer", at=NOW,
        dispatch="failed", message_id=f"<{name}@house>",
    )  # fmt: skip
    mail = InboundMail.objects.create(
        message_id=f"<{name}-in@client>", sender=f"{name.lower()}@client.example", subject=f"{name} mail",
        arrived_at=NOW, size=4, status="triage", site=site,
    )  # fmt: skip
    RawMail.objects.create(mail=mail, content=b"Mail")
    request = ClientRequest.objects.create(
        site=site, contact=contact, title=f"{name} request", owner=staff, logged_by=staff, status="accepted",
        received_at=NOW, agreed_due_at=NOW + timedelta(days=3),
    )  # fmt: skip
    change = DateChange.objects.create(
        request=request, proposed_by=staff, before_at=NOW + timedelta(days=3), due_at=NOW + timedelta(days=5),
        reason=f"{name} reason", consent_by=contact, consent_at=NOW, status="in_review",
    )  # fmt: skip
    meeting = Meeting.objects.create(
        site=site, organiser=staff, mode="in_person", begins_at=NOW, agenda=f"{name} meeting", status="planned"
    )
    meeting.staff.add(staff)
    meeting.contacts.add(contact)
    waiver = MeetingWaiver.objects.create(
        assignment=assignment, month=date(2026, 11, 1), ground="closed", reason=f"{name} waiver", asked_by=staff,
        status="in_review",
    )  # fmt: skip
    problem = Problem.objects.create(
        kind="complaint", site=site, contact=contact, title=f"{name} problem", detail=f"{name} detail",
        raised_by=staff, raised_at=NOW,
    )  # fmt: skip
    log = ContactLog.objects.create(
        site=site, contact=contact, person=staff, mode="phone", at=NOW, summary=f"{name} call", logged_at=NOW
    )
    approval = approvals.start(waiver, by=staff, now=NOW)
    promise = obligations.start(
        obligations.KINDS["client_reply"], enquiry, title=f"{name} promise", due_at=NOW + timedelta(days=1), now=NOW,
        site=site, owner=staff, period="1",
    )  # fmt: skip
    batch = ImportBatch.objects.create(
        kind="people", file_name=f"{name}.xlsx", sha256="0" * 64, uploaded_by=site.lead, uploaded_at=NOW, status="ready"
    )
    ImportProgress.objects.create(batch=batch)
    note = Notification.objects.filter(person=head).first()
    delivery = Delivery.objects.filter(notification=note).first()
    Delivery.objects.filter(pk=delivery.pk).update(status="failed")
    document = DocumentFactory(site=site, title=f"{name} rules", text=f"{name} rules", published_by=site.lead)
    signature = Acknowledgement.objects.create(
        version=document, person=staff, signed_name=staff.name, signed_at=NOW, sha256=document.sha256
    )
    proof = ProofFactory(person=staff, kind="work")
    known = Skill.objects.count() + 1  # what everybody in the company chooses from bears no name of a world
    skill = Skill.objects.create(name=f"Skill {known}")
    kind = CertificateKind.objects.create(name=f"Certificate {known}")
    wanted = StaffingRequestFactory(site=site, position=f"{name} post", detail=f"{name} work")
    requirement = RequirementFactory(request=wanted, skill=skill, level=3)
    letting = QualificationWaiver.objects.create(
        request=wanted, requirement=requirement, person=staff, reason=f"{name} letting", until=date(2027, 1, 31),
        asked_by=site.lead, asked_at=NOW, status="returned",
    )  # fmt: skip
    departure = Departure.objects.create(
        assignment=assignment, last_day=date(2027, 1, 31), reason=f"{name} farewell", asked_by=staff, asked_at=NOW,
        status="returned",
    )  # fmt: skip
    handover = Handover.objects.create(assignment=assignment, last_day=date(2027, 1, 31), opened_at=NOW)
    HandoverItem.objects.create(handover=handover, source="return", key="return:1", title=f"{name} badge")
    absence = UnapprovedAbsence.objects.create(
        assignment=assignment, gone_since=NOW.date(), note=f"{name} gone", reported_by=site.lead, reported_at=NOW
    )
    _token, _secret = AuthToken.objects.create(user=staff)
    return World(
        people=SimpleNamespace(staff=staff, lead=site.lead, head=head),
        things={
            "person": staff,
            "site": site,
            "client": site.client,
            "contact": contact,
            "project": Project.objects.create(code=f"P-{name}", name=f"{name} project", client=site.client),
            "department": Department.objects.get(pk=site.department_id),
            "import": batch,
            "holiday": Holiday.objects.create(site=site, day=date(2026, 12, 24), name=f"{name} day"),
            "assignment": assignment,
            "departure": departure,
            "handover": handover,
            "absence": absence,
            **trainings(name, site, staff, contact, NOW),
            **work(name, site, staff, assignment, request, NOW),
            **judged(name, assignment, NOW),
            "staffing_request": wanted,
            "requirement": requirement,
            "selection": assignment.selection,
            "qualification_waiver": letting,
            "document": document,
            "acknowledgement": signature,
            "proof": proof,
            "enquiry": enquiry,
            "message": message,
            "mail": mail,
            "request": request,
            "date_change": change,
            "meeting": meeting,
            "waiver": waiver,
            "problem": problem,
            "contact_log": log,
            "approval": approval,
            "obligation": promise,
            "notification": note,
            "delivery": delivery,
            "robot": Robot.objects.create(
                person=staff, name=f"{name} robot", provider="wecom", token="00000000-0000-0000-0000-000000000000"
            ),
            "delegation": Delegation.objects.create(
                person=head, delegate=site.lead, since=NOW.date(), until=NOW.date(), reason=name, offered_at=NOW
            ),
            "token": SimpleNamespace(pk=_token.pk),
            "saved_view": SavedView.objects.create(person=staff, page="people", name=f"{name} view", query="q=1"),
            "skill": skill,
            "certificate_kind": kind,
            "grade": Grade.objects.create(name=f"Grade {known}", rank=known),
            "person_skill": PersonSkill.objects.create(
                person=staff, skill=skill, claimed_level=3, claimed_at=NOW, evidence=f"{name} evidence"
            ),
            "certificate": Certificate.objects.create(
                person=staff,
                kind=kind,
                number=f"{name} number",
                issued_on=date(2025, 1, 1),
                added_by=staff,
                added_at=NOW,
            ),
            "work_history": WorkHistory.objects.create(
                person=staff, employer=f"{name} employer", position="Tester", since=date(2019, 1, 1)
            ),
            "attachment": SimpleNamespace(
                pk=attachments.attach(
                    meeting, name=f"{name}.txt", content=ContentFile(f"{name} file".encode()).read(), by=staff, now=NOW
                ).key
            ),
        },
    )
