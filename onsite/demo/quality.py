"""Quality in the demo company: last month's work and how it was judged, problems, what the site needs (3.3.1, 3.5).

Called after tasks and reports: where a person has reported, what is needed hangs on that report.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from apps.core import approvals
from apps.core.approvals import Approval
from apps.personnel.calendar import working_days
from apps.personnel.models import Assignment, Department, Site, User
from apps.workplans.actions import needs, plans, problems, quality, reports, tasks
from apps.workplans.actions.plans import Line
from apps.workplans.models import Report, Task
from apps.workplans.obligations.quality import last_period, period_of
from apps.workplans.policy.quality import Period, shifted

# What moved, what came next, and what the lead said of it.
QUIET = [
    ("完成三号库区盘点，差异 4 处已说明。", "下周开始二号库区。", "盘点认真，差异说明清楚，照片齐全。"),
    ("两台打印机换了驱动，打印错误降到零。", "其余六台周末更换。", "问题定位快；更换记录请写得再具体些。"),
    ("Trained 12 people of the evening shift.", "The night shift follows.", "Good preparation, everybody signed."),
    ("补写接口文档三章，客户已审阅。", "按意见修改。", "文档完整，交付及时。"),
]
EVIDENCE = "验收记录\nThe client has checked the result and accepts it.\n".encode()

# What somebody was to deliver last month: words, days of the month (from, due), days late (None: never).
WORK = {
    "good": [
        ("扫码枪离线补传上线", "离线补传功能与操作说明", "断网一小时后补传 500 条记录无丢失", 2, 12, 0),
        ("月度数据核对报告", "核对报告与差异清单", "差异率低于 0.1 %，客户在报告上签字", 9, 24, 0),
    ],
    "poor": [
        ("夜班报表自动化", "报表脚本与说明文档", "连续五个夜班在 06:00 前自动发出报表", 2, 13, 6),
        ("旧接口停用清单", "接口清单与停用计划", "清单经客户架构组确认，每个接口有停用日期", 8, 22, None),
    ],
    "slow": [
        (
            "Label printer drivers",
            "Drivers on all 24 stations",
            "Every station prints 50 labels without a fault",
            3,
            14,
            3,
        ),
        (
            "Handover guide for the night shift",
            "A guide of ten pages",
            "Two people work by it without asking",
            10,
            23,
            0,
        ),
    ],
}
PROBLEMS = [
    ("测试服务器没有访问权限", "周一起无法登录测试环境，客户信息部答复要走新流程，联调停了。", "minor", 6),
    ("三号线停电检修影响联调", "检修排在本周四、周五，原计划的联调需要改期。", "minor", 4),
    (
        "The vendor no longer supports our scanner firmware",
        "Updates stop next month; 60 scanners are affected.",
        "major",
        8,
    ),
    ("現場網路夜間中斷", "22:00 後倉庫無線網路不穩，掃描資料需要補傳。", "minor", 3),
]
NEEDS = [
    ("信息技术部", "需要两台测试用平板，装好扫码驱动，下周五前到现场。", 9),
    ("人力资源部", "客户十二月上线，请评估能否增派一名熟悉仓储系统的同事。", 14),
    ("财务部", "The client asks for one invoice a month instead of two. Can we agree to that?", 5),
]


def live(cast, *, now: datetime) -> int:
    """What was judged, what is below standard, what stands in the way; answers how many things there are."""
    sites = list(Site.objects.filter(code__startswith="D-").select_related("lead", "client").order_by("pk")[:3])
    count = _earlier(sites[:2], cast, now)
    count += _judged(sites, cast, now)
    count += _problems(sites, cast, now)
    return count + _needs(sites[0], cast, now)


# --- The months before --------------------------------------------------------------------------------


def _earlier(sites: list[Site], cast, now: datetime) -> int:
    """Two quiet months before the last one: what some people reported in them, and how it was judged."""
    count, last = 0, last_period(now.astimezone(sites[0].zone).date())
    for back in (2, 1):
        period = period_of(shifted(last.month, -back))
        for site in sites if period else []:
            worked = working_days(site, _day(period, 14), period.last_day)[0]
            for number, posting in enumerate(_there(site, period, 4, cast.staff)):
                done, coming, said = QUIET[(number + back) % len(QUIET)]
                at = datetime.combine(worked, time(17, 10), site.zone)
                report = reports.file(posting, day=at.date(), done=done, next=coming, by=posting.person, now=at)
                reports.review(report, comment=said, by=site.lead, now=at + timedelta(days=1))
                quality.assess(
                    posting, month=period.month, results=3 + (number + back) % 3 // 2, results_reason=said,
                    reports=[report], by=site.lead, now=datetime.combine(period.last_day, time(10), site.zone)
                    + timedelta(days=4),
                )  # fmt: skip
                count += 2
    return count


# --- Last month ---------------------------------------------------------------------------------------


def _judged(sites: list[Site], cast, now: datetime) -> int:
    """One good month; one below standard whose statement is there; one for which coaching was decided."""
    period = last_period(now.astimezone(sites[0].zone).date())
    first, second = sites[0], sites[1]
    [good, poor], [slow] = _there(first, period, 2, cast.staff), _there(second, period, 1, cast.staff)
    count = 0
    for posting, kind in ((good, "good"), (poor, "poor"), (slow, "slow")):
        count += len([_work(posting, period, *row, now=now) for row in WORK[kind]])
    _assess(good, period, 4, "交付及时，补传方案考虑周到；文档可以再简短些。", "上个月辛苦了，继续保持。", now, days=5)
    case = _assess(
        poor,
        period,
        2,
        "报表三次延误，脚本没有异常处理；接口清单至今没有交。",
        "请先说明情况，我们一起想办法。",
        now,
        days=4,
    ).case
    quality.state(
        case,
        statement="上月前两周在支援二号线抢修，报表只能晚上写，没有及时和负责人说清楚，这是我的问题。接口清单本周内交。",
        by=case.person,
        now=_at(period, first, now, days=2),
    )
    case = _assess(
        slow, period, 3, "Drivers came late because parts were missing; the guide is good.", "", now, days=12
    ).case
    moment = _at(period, second, now, days=9)
    quality.state(case, statement="Six stations waited for cables for a week. I should have said so earlier.",
                  by=case.person, now=moment)  # fmt: skip
    quality.decide(
        case,
        decision="coaching",
        reason="One hour a week with the lead on planning and on raising problems early.",
        follow_up_on=now.astimezone(second.zone).date() + timedelta(days=14),
        by=second.lead,
        now=min(now, moment + timedelta(hours=20)),
    )
    return count + 5


def _there(site: Site, period: Period, many: int, first: User) -> list[Assignment]:
    """People who were at a site from the first to the last day of the period and are still there."""
    rows = Assignment.objects.active_on(period.first_day).filter(site=site, ended_on=None, status="on_site")
    rows = rows.exclude(person=site.lead).select_related("person", "site__lead", "site__deputy", "site__department")
    found = [one for one in rows.order_by("pk") if not one.last_day or one.last_day > period.last_day]
    return sorted(found, key=lambda one: one.person_id != first.pk)[:many]


def _at(period: Period, site: Site, now: datetime, *, days: int) -> datetime:
    """So many days ago, but not before the period was over."""
    over = datetime.combine(period.last_day + timedelta(days=1), time(9), site.zone)
    return min(now, max(over, now - timedelta(days=days)))


def _day(period: Period, day: int) -> date:
    return period.month.replace(day=day)


def _work(
    posting: Assignment, period: Period, title: str, deliverable: str, acceptance: str, begins: int, due: int,
    late: int | None, *, now: datetime,
) -> Task:  # fmt: skip
    """A task of last month on its way: given, planned, approved, carried out, delivered and accepted."""
    site, person, lead = posting.site, posting.person, posting.site.lead
    begins_on, due_on = _day(period, begins), _day(period, due)

    def moment(day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), site.zone)

    task = tasks.give(
        site=site, owner=person, title=title, deliverable=deliverable, acceptance=acceptance, begins_on=begins_on,
        due_on=due_on, hours=Decimal(24), confirm_load=True, by=lead, now=moment(begins_on, 9),
    )  # fmt: skip
    half = begins_on + (due_on - begins_on) / 2
    plan = plans.begin(task, by=person, now=moment(begins_on, 10))
    plans.write(
        plan,
        goals=acceptance,
        steps=[Line("准备与确认" if not title.isascii() else "Prepare", begins_on, half, person),
               Line("实施与交付" if not title.isascii() else "Carry out", half + timedelta(days=1), due_on, person)],
        by=person,
        now=moment(begins_on, 11),
    )  # fmt: skip
    plans.submit(plan, by=person, now=moment(begins_on, 12))
    approvals.decide(Approval.objects.about(plan).open().get(), "approved", by=lead, now=moment(begins_on, 14))
    approvals.settle(now=moment(begins_on, 15))
    task.refresh_from_db()
    tasks.start(task, by=person, now=moment(begins_on, 16))
    first, second = plan.steps.order_by("order")
    plans.move(first, percent=100, by=person, now=moment(half, 17))
    if late is None:
        plans.move(second, percent=40, by=person, now=moment(due_on, 17))
        return task
    done = moment(due_on + timedelta(days=late), 17)
    plans.move(second, percent=100, by=person, now=done)
    tasks.deliver(task, outcome=f"{deliverable} ✓", by=person, now=done + timedelta(minutes=20))
    contact = site.contacts.order_by("pk").first()
    tasks.accept(
        task, verdict="客户现场确认，符合约定。" if not title.isascii() else "The client checked it on site.",
        client_contact=contact if not late else None, files=[("acceptance.txt", EVIDENCE)] if not late else [],
        by=lead, now=done + timedelta(hours=2),
    )  # fmt: skip
    return task


def _assess(posting: Assignment, period: Period, grade: int, reason: str, comment: str, now: datetime, *, days: int):
    samples = Task.objects.filter(owner=posting.person, site=posting.site, due_on__lte=period.last_day)
    return quality.assess(
        posting, month=period.month, results=grade, results_reason=reason, comment=comment,
        tasks=list(samples.filter(due_on__gte=period.first_day)), by=posting.site.lead,
        now=_at(period, posting.site, now, days=days),
    )  # fmt: skip


# --- What stands in the way ---------------------------------------------------------------------------


def _problems(sites: list[Site], cast, now: datetime) -> int:
    """One late, one solved, one major, one fresh."""
    people = {site.pk: list(User.objects.filter(assignments__site=site).order_by("pk")[:3]) for site in sites}
    raised = []
    for index, (title, detail, severity, age) in enumerate(PROBLEMS):
        site = sites[index % len(sites)]
        moment = now - timedelta(days=age, hours=3)
        by = cast.staff if index == 0 else people[site.pk][index % len(people[site.pk])]
        due_on = (moment + timedelta(days=4)).date() if index == 0 else None
        raised.append(
            problems.raise_problem(
                site=site, title=title, detail=detail, severity=severity, due_on=due_on, by=by, now=moment
            )
        )
    problems.solve(
        raised[1], outcome="与客户商定改到下周二联调，现场主管已确认。", by=raised[1].owner, now=now - timedelta(days=2)
    )
    return len(raised)


def _needs(site: Site, cast, now: datetime) -> int:
    """Three departments are asked; one has answered."""
    posting = Assignment.objects.active_on(now.date()).filter(person=cast.staff, site=site).first()
    if posting is None:
        return 0
    report = posting.reports.order_by("-ends_on").first() or _report(posting, now - timedelta(days=3))
    asked = [
        needs.ask(
            report=report,
            department=Department.objects.get(name=name),
            text=text,
            need_by=now.date() + timedelta(days=days),
            by=posting.person,
            now=now - timedelta(hours=30 - 9 * index),
        )
        for index, (name, text, days) in enumerate(NEEDS)
    ]
    needs.answer(
        asked[1], answer="已列入十二月调配计划，下周三前给出两位候选人。", by=cast.hr, now=now - timedelta(hours=4)
    )
    return len(asked)


def _report(posting: Assignment, moment: datetime) -> Report:
    """The report of the week, where none was filed."""
    begins_on = moment.date() - timedelta(days=moment.weekday())
    return Report.objects.create(
        assignment=posting, period=f"{begins_on:%G-W%V}", begins_on=begins_on, ends_on=begins_on + timedelta(days=6),
        done="离线补传联调完成三分之二，订单接口已通过。", next="完成剩余联调，准备客户验收。",
        difficulties="测试服务器权限还没有开通。", filed_by=posting.person, filed_at=moment,
    )  # fmt: skip
