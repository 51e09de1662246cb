"""Work reports of the demo company: weeks that were answered, some that wait, one spoken, one by mail (3.3)."""

from datetime import date, datetime, time, timedelta

from apps.personnel.models import Assignment, Department, User
from apps.workplans.actions import reports
from apps.workplans.actions.reports import Trouble, Wish
from apps.workplans.models import Report, ReportRhythm
from apps.workplans.policy.reports import period_of

WEEKS = [
    (
        "完成订单入库流程的改造，单元测试覆盖率 82%。",
        "下周开始压测，先申请压测环境。",
        "",
        "进展清楚。压测前先和客户确认生产规格，别用测试机的数字对外说。",
    ),
    (
        "压测脚本写完，单机每秒 620 笔，离目标还差一些。",
        "定位锁竞争，换成分段锁再测。",
        "压测环境只有生产一半的规格。",
        "先把锁竞争定位清楚再改。环境规格的事我来找客户信息部。",
    ),
    (
        "Labels in hall 3 are printed again; 40 of 60 scanners updated.",
        "The other 20 scanners on Thursday night.",
        "The wireless network in hall 3 drops after 22:00.",
        "Good. Note the times when the network drops, so that I can show the client.",
    ),
    (
        "核对十月账实差异 37 处，已说明 29 处。",
        "剩下 8 处找仓库主管当面核对。",
        "",
        "当面核对时请带上扫码记录，并让主管签字。",
    ),
]
FRESH = [
    ("分段锁改完，单机每秒 810 笔，达到目标。", "整理压测报告，约客户架构师评审。", "评审时间还没有约到。"),
    ("扫码枪第二批到货 60 把，已配置 24 把。", "周四夜班更换二号库区。", ""),
    ("安全培训案例收集了 11 个，缺临电和登高两类。", "向其他现场要案例，周五前补齐。", "其他现场回复较慢。"),
]


def live(cast, sites, *, now: datetime) -> int:
    """Let the people of two sites report for some weeks; answers how many reports there are."""
    first = sites[0]
    today = now.astimezone(first.zone).date()
    this_week = period_of("weekly", today)
    people = _there(first, cast.staff)
    count = 0
    for back in (3, 2, 1):
        monday = this_week.first - timedelta(weeks=back)
        for number, posting in enumerate(people[:3]):
            if back == 1 and number == 2:
                continue  # nobody heard of this one last week
            done, coming, troubles, comment = WEEKS[(number + back) % len(WEEKS)]
            report = _file(posting, monday + timedelta(days=4), done, coming, troubles, now)
            if report is not None:
                count += 1
                if back > 1 or number == 0:
                    _read(report, comment, first.lead, now)
    count += _this_week(people, now)
    count += _spoken(_there(sites[1], None), now)
    return count


def _there(site, first: User | None) -> list[Assignment]:
    """People on site for at least a month, whoever has the demo account first."""
    rows = Assignment.objects.filter(site=site, status=Assignment.Status.ON_SITE, ended_on=None)
    rows = rows.exclude(person=site.lead).select_related("person", "site__lead", "site__deputy", "site__department")
    found = [one for one in rows.order_by("pk") if one.since < date.today() - timedelta(days=31)]
    return sorted(found, key=lambda one: first is None or one.person_id != first.pk)


def _moment(day: date, hour: int, posting: Assignment, now: datetime) -> datetime:
    return min(datetime.combine(day, time(hour, 20), posting.site.zone), now)


def _file(posting: Assignment, day: date, done: str, coming: str, troubles: str, now: datetime) -> Report | None:
    """A week's report; none where the posting began later."""
    if posting.since > day:
        return None
    at = _moment(day, 17, posting, now)
    inputs = {"done": done, "next": coming, "difficulties": troubles}
    return reports.file(posting, day=day, **inputs, by=posting.person, now=at)


def _read(report: Report, comment: str, lead: User, now: datetime) -> None:
    at = min(report.filed_at + timedelta(days=3), now)
    reports.review(report, comment=comment, by=lead, now=at)


def _day(moment: datetime, posting: Assignment) -> date:
    """Of a moment at the site: a few hours ago may have been yesterday."""
    return moment.astimezone(posting.site.zone).date()


def _this_week(people: list[Assignment], now: datetime) -> int:
    """Daily ones for the newest colleague, and what was filed early this week and waits to be read."""
    count = 0
    if len(people) > 3:
        ReportRhythm.objects.get_or_create(
            assignment=people[3],
            valid_from=people[3].since,
            defaults={"rhythm": "daily", "set_by": people[3].site.lead, "set_at": now},
        )
    department = Department.objects.get(name="信息技术部")
    for number, posting in enumerate(people[1:3]):
        done, coming, troubles = FRESH[number + 1]
        monday = period_of("weekly", _day(now, posting)).first
        at = max(now - timedelta(hours=3 - number), datetime.combine(monday, time.min, posting.site.zone))
        reports.file(
            posting, day=_day(at, posting), done=done, next=coming, difficulties=troubles,
            problems=[Trouble("第二批扫码枪缺 20 把底座")] if number == 0 else [],
            needs=[Wish(department, "请补发 20 把底座，周四前到现场。")] if number == 0 else [],
            by=posting.person, now=at,
        )  # fmt: skip
        count += 1
    return count


def _spoken(people: list[Assignment], now: datetime) -> int:
    """One that the lead logged after a call and the person has not confirmed yet, and one that came by mail."""
    count = 0
    if people:
        at = now - timedelta(hours=5)
        words = "Called from the hall: terminals 9 to 12 are installed, labels follow tomorrow."
        reports.log_oral(people[0], day=_day(at, people[0]), done=words, by=people[0].site.lead, now=at)
        count += 1
    if len(people) > 1:
        text = "Monthly check of hall 2 is done, the sheet is on the share. Two differences, both explained."
        count += bool(reports.from_mail(people[1].person, text=text, arrived_at=now - timedelta(hours=20), now=now))
    return count
