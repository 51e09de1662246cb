"""The living part of the demo company: what happened in the last days and waits now, through the real actions."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from django.db import transaction

from apps.communication.actions import contact_log, enquiries, intake, meetings, problems, requests
from apps.communication.models import Enquiry
from apps.core import obligations
from apps.core.notifications import Delivery
from apps.personnel.models import ClientContact, Site, User
from onsite.demo import departures, papers, quality, reports, staffing, tasks, training, words

QUIET_SITE = "D-CD-TF"  # nobody has spoken with its client for weeks
QUIET_DAYS = 40
CONSENT = "客户同意书\nThe client agrees to the new date.\n".encode()


@transaction.atomic
def live(cast, *, now: datetime) -> int:
    """Let the last days happen at the first sites; answers how many things wait or were done."""
    sites = {site.code: Stage(site) for site in Site.objects.select_related("lead").order_by("pk")[:8]}
    first, second, third, fourth = list(sites.values())[:4]
    obligations.plan(now)
    count = 0
    for number, stage in enumerate(sites.values()):
        count += _contacts(stage, number, now)
        count += _meetings(stage, number, now)
    count += _enquiries([first, second, third, fourth], now)
    count += _mails(first, second, now)
    count += _requests(first, second, cast, now)
    count += _waiver(first, now)
    count += _problems(first, third, cast, now)
    count += papers.live(cast, now=now)
    count += staffing.live(cast, now=now)
    count += training.live(cast, now=now)
    count += tasks.live(cast, [first.site, second.site], now=now)
    count += reports.live(cast, [first.site, second.site], now=now)
    count += departures.live(cast, now=now)
    count += quality.live(cast, now=now)
    obligations.sweep(now=now)
    Delivery.objects.filter(status="waiting").update(status="sent", sent_at=now)  # the demo writes to nobody outside
    return count


class Stage:
    """A site with its people at hand."""

    def __init__(self, site: Site):
        self.site = site
        self.lead = site.lead
        self.staff: list[User] = list(User.objects.filter(assignments__site=site).order_by("pk"))
        self.contacts: list[ClientContact] = list(site.contacts.order_by("pk"))

    @property
    def worker(self) -> User:
        return self.staff[0]


def _contacts(stage: Stage, number: int, now: datetime) -> int:
    """One site has been silent for too long; the others talked."""
    days = QUIET_DAYS if stage.site.code == QUIET_SITE else 3 + number * 2
    moment = now - timedelta(days=days, hours=2)
    contact_log.log_contact(
        site=stage.site,
        contact=stage.contacts[number % 3],
        mode=["phone", "in_person", "chat"][number % 3],
        at=moment,
        summary=words.CONTACTS_ABOUT[number % len(words.CONTACTS_ABOUT)],
        by=stage.worker,
        now=moment + timedelta(minutes=20),
    )
    return 1


def _enquiries(stages: list[Stage], now: datetime) -> int:
    """Questions at every stage of their 24 hours: late, in danger, fresh."""
    ages = [26.5, 22.2, 13, 6, 1.2]
    for index, ((subject, text), age) in enumerate(zip(words.OPEN_TALKS, ages, strict=True)):
        stage = stages[index % len(stages)]
        moment = now - timedelta(hours=age)
        enquiry = enquiries.log_enquiry(
            site=stage.site,
            contact=stage.contacts[index % 3],
            subject=subject,
            text=text,
            channel=Enquiry.Channel.PHONE if index % 2 else Enquiry.Channel.CHAT,
            by=stage.worker,
            now=moment,
            key=f"demo {index}",
        )
        if index == 1:
            enquiries.note(
                enquiry, text="已请客户行政提供演练时间表，等名单确认后回复。", by=stage.worker,
                now=moment + timedelta(hours=3), key=f"demo note {index}",
            )  # fmt: skip
    subject, asked, said = words.TALKS[0]
    moment = now - timedelta(hours=9)
    enquiry = enquiries.log_enquiry(
        site=stages[0].site, contact=stages[0].contacts[0], subject=subject, text=asked, channel=Enquiry.Channel.PHONE,
        by=stages[0].worker, now=moment, key="demo answered",
    )  # fmt: skip
    enquiries.answer(
        enquiry, text=said, channel=Enquiry.Channel.PHONE, by=stages[0].worker, now=moment + timedelta(hours=2),
        key="demo answer",
    )  # fmt: skip
    return len(words.OPEN_TALKS) + 1


def _mails(first: Stage, second: Stage, now: datetime) -> int:
    """Real letters: a client's question, a machine's reply, and somebody nobody knows."""
    letters = [
        (first.contacts[1], "三号线扫码枪需要更换电池", "三号线有四把扫码枪电量不足，请安排更换。谢谢！", {}, 2.5),
        (
            second.contacts[0],
            "自动回复：外出培训",
            "我本周在外培训，回复会晚一些。",
            {"Auto-Submitted": "auto-replied"},
            5,
        ),
        (
            None,
            "Quotation for two more engineers",
            "Hello, we met at the logistics fair. Could you quote two on-site engineers from January? Regards, Sam Lee",
            {},
            3,
        ),
    ]
    for index, (contact, subject, text, headers, age) in enumerate(letters):
        moment = now - timedelta(hours=age)
        letter = EmailMessage()
        letter["From"] = contact.email if contact else "sam.lee@newcomer.example"
        letter["To"] = "service@demo.onsite"
        letter["Subject"] = subject
        letter["Date"] = format_datetime(moment)
        letter["Message-ID"] = f"<demo-{index}-{moment:%Y%m%d%H%M%S}@client.example>"
        for name, value in headers.items():
            letter[name] = value
        letter.set_content(text)
        intake.receive(letter.as_bytes(), arrived_at=moment, now=moment)
    return len(letters)


def office_hours(moment: datetime, site, *, hour: int) -> datetime:
    """That day at the site at a full hour; on a weekend the Friday before."""
    day = moment.astimezone(site.zone).replace(hour=hour, minute=0, second=0, microsecond=0)
    return day - timedelta(days=max(0, day.weekday() - 4))


def _meetings(stage: Stage, number: int, now: datetime) -> int:
    """This month: most sites met their client, one meeting waits for a word, one is planned, one was a call.

    The quiet site has none.
    """
    if stage.site.code == QUIET_SITE:
        return 0
    by, contacts = stage.worker, stage.contacts[:2]
    moment = office_hours(now + timedelta(days=4 if number == 5 else -4 - number), stage.site, hour=10 + number % 6)
    mode = "video" if number == 4 else "in_person"
    everybody = stage.staff if number in (1, 2) else stage.staff[: max(2, len(stage.staff) // 2)]
    meeting = meetings.plan_meeting(
        site=stage.site, mode=mode, begins_at=moment, agenda=words.MEETINGS[number % len(words.MEETINGS)],
        staff=everybody, contacts=contacts, by=by, now=min(now, moment - timedelta(days=2)), place=stage.site.city,
    )  # fmt: skip
    if number == 5:
        return 1
    meetings.record_held(
        meeting, begins_at=moment, minutes=words.MINUTES[number % len(words.MINUTES)], staff=everybody,
        contacts=contacts, by=by, now=moment + timedelta(hours=2),
    )  # fmt: skip
    if number not in (0, 4):
        meetings.confirm(meeting, by=stage.lead, now=moment + timedelta(hours=5))
    return 1


def _waiver(stage: Stage, now: datetime) -> int:
    """Somebody was ill; the department head is asked to waive the month."""
    meetings.ask_waiver(
        assignment=stage.staff[-1].assignments.get(site=stage.site), month=now.date(), ground="illness",
        reason="本月住院两周，出院后客户已放假，无法安排面谈。", by=stage.lead, now=now - timedelta(hours=6),
    )  # fmt: skip
    return 1


def _requests(first: Stage, second: Stage, cast, now: datetime) -> int:
    """Wanted by clients: one nobody owns yet, some promised, one late, one done, one whose date is to change."""
    for index, (title, detail) in enumerate(words.REQUESTS):
        stage = [first, second][index % 2]
        moment = now - timedelta(days=6, hours=index)
        request = requests.log_request(
            site=stage.site, contact=stage.contacts[index % 3], title=title, detail=detail, received_at=moment,
            by=stage.worker, now=moment, owner=None if index == 0 else stage.staff[index % len(stage.staff)],
        )  # fmt: skip
        if index == 0:
            continue
        accepted = moment + timedelta(hours=4)
        due = now + timedelta(days=index) if index != 3 else now - timedelta(hours=20)
        requests.accept(request, owner=request.owner, agreed_due_at=due, by=stage.lead, now=accepted)
        if index == 1:
            requests.finish(
                request, outcome="看板已上线，客户已试用确认。", done_at=now - timedelta(days=1), by=request.owner,
                now=now - timedelta(days=1),
            )  # fmt: skip
        if index == 4:
            requests.propose_date(
                request,
                due_at=due + timedelta(days=4),
                reason="The old archive is stored on tapes; reading them takes four more days.",
                consent_by=stage.contacts[0],
                consent_at=now - timedelta(hours=5),
                files=[("consent.txt", CONSENT)],
                by=request.owner,
                now=now - timedelta(hours=4),
            )
    return len(words.REQUESTS)


def _problems(first: Stage, third: Stage, cast, now: datetime) -> int:
    """A complaint that waits to be acknowledged, and a major problem with a plan that one side has signed."""
    kind, title, detail = words.PROBLEMS[0]
    problems.raise_problem(
        kind=kind, site=first.site, title=title, detail=detail, contact=first.contacts[0], by=first.worker,
        now=now - timedelta(minutes=50),
    )  # fmt: skip
    kind, title, detail = words.PROBLEMS[1]
    moment = now - timedelta(days=2)
    major = problems.raise_problem(
        kind=kind, site=third.site, title=title, detail=detail, contact=third.contacts[0], by=third.worker, now=moment
    )
    problems.acknowledge(major, by=cast.executive, now=moment + timedelta(minutes=35))
    problems.write_plan(
        major,
        plan="1. Stop line 2 until the template is checked (Wei, today).\n"
        "2. Recall the 140 parcels with the client’s logistics (Carter, Tuesday).\n"
        "3. A second person releases every template from now on.",
        by=third.lead,
        now=moment + timedelta(hours=3),
    )
    problems.sign_plan(major, version=major.plan_version, by=third.lead, now=moment + timedelta(hours=3))
    return 2
