"""Who leaves in the demo company: one waits for both sides, one hands over, one has signed off, one is just gone."""

from datetime import datetime, timedelta

from apps.communication.actions import enquiries, requests
from apps.communication.models import Enquiry
from apps.core import approvals
from apps.core.approvals import Approval
from apps.personnel.actions import absences, departures, handovers
from apps.personnel.models import Assignment, Departure, Handover, Site, User

SETTLED = timedelta(seconds=approvals.UNDO_SECONDS)
PROOF = "客户邮件\n同意其提前离场，请安排好交接。\nWe agree; please hand over properly.\n".encode()


def live(cast, *, now: datetime) -> int:
    """Let people leave at the first three sites."""
    first, second, third = Site.objects.select_related("lead").filter(code__startswith="D-").order_by("pk")[:3]
    _waiting(_posting(second, 2), now - timedelta(hours=20))
    _handing_over(_posting(first, 2, cast.staff), cast, now)
    _signed_off(_posting(third, 2), cast, now)
    absences.report_absence(
        _posting(second, 3), gone_since=(now - timedelta(days=1)).date(),
        note="昨天起没有到岗，电话无人接听，宿舍室友说行李已带走。", by=second.lead, now=now - timedelta(hours=3),
    )  # fmt: skip
    return 4


def _posting(site: Site, from_the_end: int, *others: User) -> Assignment:
    """A posting that runs on for long."""
    rows = Assignment.objects.filter(site=site, status=Assignment.Status.ON_SITE).select_related("person", "site__lead")
    rows = rows.exclude(person__in=[one.pk for one in (*others, site.lead)])
    return list(rows.order_by("-planned_to", "pk"))[from_the_end]


def _ask(posting: Assignment, last_day, reason: str, now: datetime, **more) -> Departure:
    return departures.ask_departure(
        posting, last_day=last_day, reason=reason, short_notice_reason="家里临时有事，来不及提前一个月。",
        by=posting.person, now=now, **more,
    )  # fmt: skip


def _waiting(posting: Assignment, now: datetime) -> None:
    """Asked for yesterday: HR has not decided, and the lead has not yet recorded what the client says."""
    _ask(posting, (now + timedelta(days=24)).date(), "父亲住院，需要回老家照顾一段时间。", now)


def _approved(posting: Assignment, departure: Departure, cast, now: datetime) -> Handover:
    lead = posting.site.lead
    departures.record_client_decision(
        departure, contact=posting.site.contacts.order_by("pk").first(), agreed=True, said_at=now,
        words="同意，请在离场前完成交接。", files=[("client-mail.txt", PROOF)], by=lead, now=now,
    )  # fmt: skip
    approval = Approval.objects.about(departure).open().get()
    approvals.decide(approval, "approved", by=cast.hr, now=now)
    approvals.decide(approval, "approved", by=lead, now=now)
    approvals.settle(now=now + SETTLED)
    return Handover.objects.get(assignment=posting)


def _handing_over(posting: Assignment, cast, now: datetime) -> None:
    """Some things are taken over, some wait for the successor, one is given back."""
    site, person, lead = posting.site, posting.person, posting.site.lead
    contact = site.contacts.order_by("pk").first()
    moment = now - timedelta(days=3)
    departure = _ask(posting, (now + timedelta(days=9)).date(), "孩子上学，调回家附近工作。", moment)
    handover = _approved(posting, departure, cast, moment + timedelta(hours=5))
    enquiries.log_enquiry(
        site=site, contact=contact, subject="月台门禁延时能否调到 20 秒？", text="高峰时段门关得太快，请看能否调整。",
        channel=Enquiry.Channel.PHONE, by=person, now=now - timedelta(hours=7), key="demo leaving",
    )  # fmt: skip
    for title in ("整理三号库位标签", "更新夜班点检表"):
        request = requests.log_request(
            site=site, contact=contact, title=title, received_at=moment, owner=person, by=person, now=moment
        )
        requests.accept(
            request, owner=person, agreed_due_at=now + timedelta(days=12), by=lead, now=moment + timedelta(hours=2)
        )
    handovers.refresh(handover, by=lead, now=now - timedelta(hours=5))
    loose = list(handover.items.exclude(source=handovers.RETURN).filter(state="open"))
    handovers.name_successor(handover, items=loose[:1], successor=lead, by=lead, now=now - timedelta(hours=4))
    handovers.name_successor(handover, items=loose[1:3], successor=cast.staff, by=lead, now=now - timedelta(hours=4))
    badge = handover.items.filter(source=handovers.RETURN).first()
    handovers.give_back(handover, items=[badge], by=lead, now=now - timedelta(hours=2))


def _signed_off(posting: Assignment, cast, now: datetime) -> None:
    """Left the company two days ago: all taken over, signed, the sheet can be printed."""
    lead = posting.site.lead
    moment = now - timedelta(days=20)
    departure = _ask(posting, (now - timedelta(days=2)).date(), "回乡创业。", moment, leaves_company=True)
    handover = _approved(posting, departure, cast, moment + timedelta(days=1))
    handovers.add_return(handover, title="更衣柜钥匙 0217", by=lead, now=now - timedelta(days=4))
    handovers.refresh(handover, by=lead, now=now - timedelta(days=3))
    loose = list(handover.items.exclude(source=handovers.RETURN).filter(state="open"))
    if loose:
        handovers.name_successor(handover, items=loose, successor=lead, by=lead, now=now - timedelta(days=3))
    back = list(handover.items.filter(source=handovers.RETURN))
    handovers.give_back(handover, items=back, by=lead, now=now - timedelta(days=2))
    handovers.sign(handover, note="交接完毕，感谢两年来的辛勤工作。", by=lead, now=now - timedelta(days=1))
