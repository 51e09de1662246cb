"""Tasks and plans of the demo company, from just given to accepted, one late, one returned (3.1, 3.2)."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from apps.core import approvals
from apps.core.approvals import Outcome
from apps.personnel.models import Skill, User
from apps.workplans.actions import plans, tasks
from apps.workplans.actions.plans import Line
from apps.workplans.models import Plan, Priority, Task, TaskTemplate

TEMPLATES = [
    (
        "系统上线", "软件实施", "上线新版本",
        "上线完成的新版本，附上线记录和回退方案。",
        "上线后 24 小时内无一级故障，客户在上线记录上签字。", 40, 14,
        "整理上线清单\n在预发环境演练一次\n夜间上线\n值守并交接",
    ),
    (
        "库存盘点支持", "仓储", "支持季度盘点",
        "盘点差异清单和原因说明。",
        "差异率低于 0.5%，客户仓库主管确认差异清单。", 24, 5,
        "导出账面库存\n现场扫码盘点\n核对差异并说明原因",
    ),
    (
        "User training", "Roll-out", "Train the users of the new system",
        "Slides, an attendance list and a summary of the questions.",
        "At least 90 % of the users attended and passed the short test.", 16, 10,
        "Agree dates and groups\nHold the sessions\nTest and sum up",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Story:
    """A task as it went. begins, lasts: days from today, and its length; how: how far it has come."""

    who: int
    title: str
    deliverable: str
    acceptance: str
    begins: int
    lasts: int
    hours: int
    how: str
    steps: tuple[str, ...] = ()
    goals: str = ""
    risks: str = ""
    skill: str = ""
    priority: int = Priority.NORMAL


FIRST = [
    Story(
        0, "订单服务多线程改造",
        "改造后的订单服务代码和压测报告。",
        "每秒处理 800 笔订单时 99% 的请求在 200 毫秒内返回，压测报告由客户架构师签字。",
        -18, 32, 72, "under way",
        ("梳理现有线程模型", "改造订单入库流程", "压测并调优", "客户验收压测"),
        "大促前把订单服务的处理能力提高一倍，改造期间不停机。",
        "压测环境与生产配置不同，结果可能偏高；已申请按生产规格扩容。", "Java", Priority.HIGH,
    ),
    Story(
        0, "修复报表导出超时",
        "修复后的导出功能和回归测试记录。",
        "导出 10 万行不超过 30 秒，120 条回归用例全部通过。",
        -6, 14, 16, "in review",
        ("定位慢查询", "改为分批导出", "回归测试"),
        "月底结账前财务能顺利导出全部报表。", "分批导出可能影响正在运行的结账任务，安排在夜间验证。", "Java",
    ),
    Story(
        1, "扫码枪批量更换",
        "200 把扫码枪更换完毕，旧枪清点入库。",
        "新枪全部能扫 3 米外的标签，客户仓库主管在清点表上签字。",
        -25, 20, 40, "late",
        ("清点旧枪", "配置新枪", "分三班更换", "旧枪入库"),
        "一周内换完三个库区，不影响夜班发货。", "供应商分两批到货，第二批可能晚两天。",
    ),
    Story(
        2, "安全培训材料更新",
        "更新后的培训课件和考题。",
        "现场负责人和客户安全员都审阅通过，考题不少于 20 道。",
        -14, 21, 12, "returned",
        ("收集本季度案例", "改写课件", "出考题"),
        "下季度培训用上最新案例。",
    ),
    Story(
        1, "十二月上线准备",
        "上线清单、演练记录和回退方案。",
        "在预发环境完整演练一次，回退在 15 分钟内完成。",
        2, 14, 32, "given",
        skill="WMS", priority=Priority.URGENT,
    ),
    Story(
        3, "接口文档整理",
        "对外接口文档第二版，含示例和错误码。",
        "客户的两位开发人员照文档独立调通全部 12 个接口。",
        -30, 24, 20, "accepted",
        ("列出接口", "补充示例和错误码", "请客户试用"),
        "以后新系统对接不再靠口头解释。",
    ),
]  # fmt: skip

SECOND = [
    Story(
        0, "Night shift terminals",
        "Twelve terminals installed, labelled and handed to the shift leaders.",
        "Each terminal books a pallet in under 5 seconds; the shift leader signs for it.",
        -10, 20, 30, "delivered",
        ("Set up the terminals", "Install and label", "Hand over to the shifts"),
        "The night shift books pallets without walking to the office.",
        "The wireless network is weak in hall 3; a second access point is ordered.",
    ),
    Story(
        1, "月度数据核对",
        "十月账实核对表和差异说明。",
        "差异率低于 0.3%，客户财务确认核对表。",
        -3, 10, 18, "started",
        ("导出账面数据", "现场抽查", "写差异说明"),
        "月底关账前完成核对。",
    ),
]  # fmt: skip


def live(cast, sites, *, now: datetime) -> int:
    """Give the tasks of the first two sites and let the last weeks happen; answers how many things there are."""
    for name, kind, title, deliverable, acceptance, hours, days, steps in TEMPLATES:
        TaskTemplate.objects.get_or_create(
            name=name,
            defaults={
                "project_kind": kind, "title": title, "deliverable": deliverable, "acceptance": acceptance,
                "hours": hours, "days": days, "steps": steps,
            },
        )  # fmt: skip
    count = len(TEMPLATES)
    for site, stories in zip(sites, (FIRST, SECOND), strict=False):
        people = list(User.objects.filter(assignments__site=site, assignments__status="on_site").order_by("pk"))
        if site == sites[0] and cast.staff in people:
            people = [cast.staff, *(one for one in people if one != cast.staff)]
        for story in stories:
            _tell(story, site, people[story.who % len(people)], now)
            count += 1
    return count


def _tell(story: Story, site, person: User, now: datetime) -> Task:
    lead = site.lead
    today = now.astimezone(site.zone).date()
    begins_on = today + timedelta(days=story.begins)
    day = today + timedelta(days=min(story.begins - 2, 0))
    given = min(datetime.combine(day, time(9, 40), site.zone), now - timedelta(hours=2))
    skill = Skill.objects.filter(name=story.skill).first()
    task = tasks.give(
        site=site, owner=person, title=story.title, deliverable=story.deliverable, acceptance=story.acceptance,
        begins_on=begins_on, due_on=begins_on + timedelta(days=story.lasts), hours=Decimal(story.hours),
        priority=story.priority, skills={skill: 3} if skill else {}, confirm_load=True, by=lead, now=given,
    )  # fmt: skip
    if story.how == "given":
        return task
    plan = _plan(task, story, given + timedelta(hours=5))
    if story.how == "in review":
        return task
    if story.how == "returned":
        first, *_others = plan.steps.all()
        words = {first.pk: "案例请注明来源现场和日期，再定完成时间。"}
        _decide(plan, Outcome.RETURNED, lead, given + timedelta(days=1), of_steps=words)
        return task
    _decide(plan, Outcome.APPROVED, lead, given + timedelta(days=1))
    begun = max(given + timedelta(days=1, hours=3), datetime.combine(begins_on, time(10, 5), site.zone))
    tasks.start(task, by=person, now=begun)
    _progress(task, plan, story, begun, now)
    return task


def _plan(task: Task, story: Story, at: datetime) -> Plan:
    plan = plans.begin(task, by=task.owner, now=at)
    span = story.lasts // len(story.steps)
    lines = [
        Line(
            title,
            task.begins_on + timedelta(days=span * number),
            task.begins_on + timedelta(days=span * (number + 1) - 1),
            task.owner,
        )
        for number, title in enumerate(story.steps)
    ]
    plans.write(plan, goals=story.goals, risks=story.risks, steps=lines, by=task.owner, now=at)
    return plans.submit(plan, by=task.owner, now=at)


def _decide(plan: Plan, outcome: str, lead: User, at: datetime, **words) -> None:
    signature = plans.review(plan, outcome, by=lead, now=at, **words)
    approvals.settle(now=signature.settles_at + timedelta(seconds=1))
    plan.refresh_from_db()


DONE = {"under way": 2, "late": 1, "delivered": 9, "accepted": 9, "started": 1}


def _progress(task: Task, plan: Plan, story: Story, begun: datetime, now: datetime) -> None:
    steps = list(plan.steps.select_related("plan__task__site", "plan__task__owner", "responsible"))
    done = steps[: DONE[story.how]]
    for step in done:
        at = min(max(begun, datetime.combine(step.due_on, time(16, 30), task.site.zone)), now - timedelta(hours=2))
        plans.move(step, percent=100, by=task.owner, now=at)
    for step in steps[len(done) : len(done) + 1]:
        yesterday = now.astimezone(task.site.zone).date() - timedelta(days=1)
        at = max(begun, datetime.combine(yesterday, time(15, 10), task.site.zone))
        plans.move(step, percent=40, note="", by=task.owner, now=min(at, now))
    if story.how in ("delivered", "accepted"):
        words = "全部完成，材料在项目共享目录“交付”下。" if story.how == "accepted" else "All twelve are in use."
        at = now - timedelta(hours=6 if story.how == "delivered" else 60)
        tasks.deliver(task, outcome=words, by=task.owner, now=at)
    if story.how == "accepted":
        contact = task.site.contacts.order_by("pk").first()
        tasks.accept(
            task, verdict="两位开发人员各自调通 12 个接口，无一需要口头解释。", client_contact=contact,
            files=[("验收单.txt", "接口文档验收单\n12 个接口全部调通。\n".encode())],
            by=task.site.lead, now=now - timedelta(hours=30),
        )  # fmt: skip
