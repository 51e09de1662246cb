"""Staffing in the demo company: what everybody can do, whence each posting came, and what waits for HR today."""

from datetime import date, datetime, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from apps.personnel import actions
from apps.personnel.models import (
    Assignment,
    Certificate,
    CertificateKind,
    PersonSkill,
    Selection,
    Site,
    Skill,
    StaffingRequest,
    User,
)
from onsite.demo.accounts import PASSWORD

BATCH = 2000
SKILLS = ["Java", "Python", "软件测试", "项目管理", "界面设计", "数据分析", "Linux", "网络工程", "Customer support"]
LANGUAGES = ["英语", "粤语", "日语"]
KINDS = [("PMP", "PMI"), ("软件测试工程师 ISTQB", "CSTQB"), ("CCNP", "Cisco"), ("低压电工作业证", "应急管理局")]
BY_TITLE = {
    "Java 开发工程师": ("Java", None),
    "测试工程师": ("软件测试", "软件测试工程师 ISTQB"),
    "项目经理": ("项目管理", "PMP"),
    "UI 设计师": ("界面设计", None),
    "数据分析师": ("数据分析", None),
    "运维工程师": ("Linux", "低压电工作业证"),
    "Support engineer": ("Customer support", None),
    "网络工程师": ("网络工程", "CCNP"),
}
CITIES = ["深圳", "广州", "东莞", "上海", "杭州", "北京", "成都", "武汉", "西安", "新加坡", "香港"]
# Between two postings: name, job title, home city, level verified
BENCH = [
    ("韩雪", "Java 开发工程师", "深圳", 4),
    ("罗思远", "Java 开发工程师", "广州", 3),
    ("Grace Ng", "Java 开发工程师", "香港", 4),
    ("彭文博", "Java 开发工程师", "武汉", None),
    ("方静", "测试工程师", "上海", 4),
    ("Wei Jie Tan", "Support engineer", "新加坡", 4),
    ("Rachel Goh", "Support engineer", "新加坡", 2),
    ("唐宇航", "网络工程师", "深圳", 4),
]


def from_requests(assignments: list[Assignment], hr: User, now: datetime) -> list[Assignment]:
    """Give each posting of the past the request and the choice it came from: one of each per site."""
    teams: dict[int, list[Assignment]] = {}
    for one in assignments:
        teams.setdefault(one.site_id, []).append(one)
    asked = [
        StaffingRequest(
            site_id=site,
            position="驻场团队",
            headcount=len(team),
            since=min(one.since for one in team),
            detail="现场服务团队的首批派驻。",
            asked_by=team[0].site.lead,
            asked_at=now - timedelta(days=600),
            status=StaffingRequest.Status.FILLED,
        )
        for site, team in teams.items()
    ]
    StaffingRequest.objects.bulk_create(asked, batch_size=BATCH)
    chosen = [
        Selection(
            request=request,
            reason="熟悉客户业务，技能与岗位相符。",
            decided_by=hr,
            decided_at=now - timedelta(days=598),
            seen={"chosen": [one.person_id for one in teams[request.site_id]], "candidates": []},
        )
        for request in asked
    ]
    Selection.objects.bulk_create(chosen, batch_size=BATCH)
    by_site = {one.request.site_id: one for one in chosen}
    for one in assignments:
        one.selection = by_site[one.site_id]
        one.answer, one.answered_at = Assignment.Answer.ACCEPTED, now - timedelta(days=597)
    return assignments


def abilities(people: list[User], hr: User, now: datetime) -> int:
    """What these people can do and what proves it: most of it verified, some only claimed, some certificates old."""
    skills = {name: Skill.objects.get_or_create(name=name)[0] for name in SKILLS}
    tongues = [Skill.objects.get_or_create(name=name, defaults={"kind": "language"})[0] for name in LANGUAGES]
    kinds = {name: CertificateKind.objects.get_or_create(name=name, defaults={"issuer": by})[0] for name, by in KINDS}
    held, papers = [], []
    for person in people:
        pick = Random(f"skills {person.number}")
        own, paper = BY_TITLE.get(person.title, ("Python", None))
        other = pick.choice([name for name in SKILLS if name != own])
        for skill, level in (
            (skills[own], pick.randrange(2, 6)),
            (skills[other], pick.randrange(1, 4)),
            (pick.choice(tongues), pick.randrange(1, 5)),
        ):
            held.append(_skill(person, skill, level, hr if pick.random() < 0.75 else None, now))
        if paper:
            issued = now.date() - timedelta(days=pick.randrange(100, 900))
            papers.append(_certificate(person, kinds[paper], issued, issued + timedelta(days=1095), hr, now))
    PersonSkill.objects.bulk_create(held, batch_size=BATCH, ignore_conflicts=True)
    Certificate.objects.bulk_create(papers, batch_size=BATCH, ignore_conflicts=True)
    return len(held) + len(papers)


def _skill(person: User, skill: Skill, level: int, verified_by: User | None, now: datetime) -> PersonSkill:
    checked = {"verified_level": level, "verified_by": verified_by, "verified_at": now - timedelta(days=200)}
    return PersonSkill(
        person=person,
        skill=skill,
        claimed_level=level,
        claimed_at=now - timedelta(days=220),
        evidence="近两个项目中承担该项工作。",
        **checked if verified_by else {},
    )


def _certificate(person: User, kind: CertificateKind, issued: date, expires: date, hr: User, now) -> Certificate:
    return Certificate(
        person=person,
        kind=kind,
        number=f"{issued:%Y%m}{person.pk:05}",
        issued_on=issued,
        expires_on=expires,
        added_by=person,
        added_at=now - timedelta(days=90),
        verified_by=hr,
        verified_at=now - timedelta(days=88),
    )


def live(cast, *, now: datetime) -> int:
    """Requests that wait for a choice, one that is filled, a waiver for the head, answers that are due."""
    bench = _bench(cast, now)
    plant, data_centre, changi = (Site.objects.get(code=code) for code in ("D-SZ-PS", "D-SH-LG", "D-SG-CH"))
    skills = {one.name: one for one in Skill.objects.all()}
    kinds = {one.name: one for one in CertificateKind.objects.all()}
    today, asked_at = now.date(), now - timedelta(days=1)

    def ask(site, position, headcount, first, last, detail, *wishes) -> StaffingRequest:
        return actions.ask_for_people(
            site=site, position=position, headcount=headcount, since=today + timedelta(days=first),
            planned_to=today + timedelta(days=last), detail=detail, requirements=wishes, by=site.lead, now=asked_at,
        )  # fmt: skip

    java = ask(
        plant, "Java 开发工程师", 2, 14, 200, "三号线 MES 二期，前后端接口开发，现场三班倒期间轮值支持。",
        {"skill": skills["Java"], "level": 3}, {"skill": skills["英语"], "level": 2, "mandatory": False},
        {"certificate": kinds["PMP"], "mandatory": False},
    )  # fmt: skip
    ask(
        changi, "Support engineer", 2, 21, 250, "Second line for the sorting hall, two shifts, English on the radio.",
        {"skill": skills["Customer support"], "level": 3}, {"skill": skills["英语"], "level": 3, "mandatory": False},
    )  # fmt: skip
    ask(
        plant, "网络工程师", 1, 30, 395, "厂区无线网络改造，含两次夜间割接。",
        {"skill": skills["网络工程"], "level": 4}, {"certificate": kinds["CCNP"]},
        {"certificate": kinds["低压电工作业证"], "mandatory": False},
    )  # fmt: skip
    tester = ask(
        data_centre, "测试工程师", 1, 10, 180, "迁移验收测试，客户要求熟悉自动化回归。",
        {"skill": skills["软件测试"], "level": 4},
    )  # fmt: skip
    chosen = actions.dispatch(
        tester, people=[bench["方静"]], reason="唯一已核验到 4 级且马上可到岗的测试工程师，家在上海。", by=cast.hr,
        now=now - timedelta(hours=20),
    )  # fmt: skip
    actions.accept(chosen.assignments.get(), by=bench["方静"], now=now - timedelta(hours=12))
    actions.ask_waiver(
        java, requirement=java.requirements.get(skill=skills["Java"]), person=bench["彭文博"],
        reason="自述 4 级，核验安排在到岗首周；客户架构师已当面试过，同意先到岗。", until=java.planned_to,
        by=cast.hr, now=now - timedelta(hours=7),
    )  # fmt: skip
    last = cast.staff.assignments.order_by("-since").first().last_day
    actions.dispatch_named(
        person=cast.staff, site=data_centre, position="Java 开发工程师", since=last + timedelta(days=3),
        planned_to=last + timedelta(days=120), reason="客户点名，坪山项目经验可以直接复用。", by=cast.hr,
        now=now - timedelta(hours=5),
    )  # fmt: skip
    posting = actions.dispatch_named(
        person=bench["唐宇航"], site=Site.objects.get(code="D-CD-TF"), position="网络工程师",
        since=today + timedelta(days=12), planned_to=today + timedelta(days=100), reason="核心交换机更换需要 CCNP。",
        by=cast.hr, now=now - timedelta(hours=9),
    )  # fmt: skip
    actions.object_to(
        posting, reason="父亲下月手术，十二月二十日之前无法离开深圳。", by=bench["唐宇航"], now=now - timedelta(hours=3)
    )
    return 9


def _bench(cast, now: datetime) -> dict[str, User]:
    """People between two postings, with what they can do."""
    password = make_password(PASSWORD)
    skills = {one.name: one for one in Skill.objects.all()}
    kinds = {one.name: one for one in CertificateKind.objects.all()}
    found = {}
    for index, (name, title, city, level) in enumerate(BENCH):
        person = User.objects.create(
            email=f"bench{index}@demo.onsite",
            number=f"B{index:05d}",
            name=name,
            title=title,
            department=cast.lead.department,
            home_city=city,
            phone=f"1370000{index:04d}",
            language="en" if name.isascii() else "zh-hans",
            password=password,
            hired_on=date(2022, 3, 1) + timedelta(days=97 * index),
        )
        own, paper = BY_TITLE[title]
        _skill(person, skills[own], level or 4, cast.hr if level else None, now).save()
        _skill(person, skills["英语"], 2 + index % 3, cast.hr, now).save()
        if paper:
            issued = now.date() - timedelta(days=400)
            _certificate(person, kinds[paper], issued, issued + timedelta(days=1095), cast.hr, now).save()
        found[name] = person
    return found
