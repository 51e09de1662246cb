"""Trainings of the demo company: courses, past and coming sessions, needs of clients, learning, talks (2.4)."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F

from apps.personnel.actions import development, training
from apps.personnel.models import Assignment, Course, DevelopmentTalk, Site, Skill, TrainingSession, User

COURSES = [
    ("Java 进阶：并发与调优", "Java", 4, 16, "线程模型、锁与并发容器、JVM 调优案例。"),
    ("客户现场安全须知", "", None, 2, "消防、用电、登高与厂区行车；每季度更新案例。"),
    ("Client communication on site", "English", 3, 4, "Answering within a day, hard talks, minutes that help."),
    ("仓储系统操作与故障处理", "WMS", 3, 8, "扫码枪、标签打印、断网续传与数据核对。"),
    ("資訊安全與保密實務", "", None, 3, "釣魚郵件、權限管理、資料外帶的規定。"),
]
NEEDS = [
    ("新员工系统操作培训", "十二月有三十位新员工，需要安排两场系统操作培训。", 26),
    ("Forklift terminals for the night shift", "Twelve people of the night shift, one hour, in English.", 90),
]
FEEDBACK = [
    (5, "案例都是现场的，很实用。"),
    (4, "节奏有点快，能否多留练习时间？"),
    (3, "The slides were too small to read from the back."),
]
LEARNING = [
    ("读完《Java 并发编程实战》前六章", "Java", "6.5", "线程池参数怎么定，终于弄明白了。"),
    ("SQL 执行计划", "", "2", "跟着官方文档做了三个慢查询的分析。"),
]


def live(cast, *, now: datetime) -> int:
    """What was taught, what is coming, who asks, and whom a talk is owed; answers how many things there are."""
    sites = list(Site.objects.filter(code__startswith="D-").select_related("lead").order_by("pk")[:4])
    courses = [_course(*row) for row in COURSES]
    past = [_held(courses[1], sites[0], cast, now, days=24), _held(courses[3], sites[1], cast, now, days=11)]
    coming = [
        _planned(courses[0], sites[0], cast, now, days=5, places=12),
        _planned(courses[2], None, cast, now, days=9, places=20),
        _planned(courses[4], sites[1], cast, now, days=16, places=8),
    ]
    people = list(User.objects.filter(assignments__site=sites[0]).order_by("pk"))
    training.enrol(coming[0], people=people[2:5], by=cast.hr, now=now - timedelta(days=2))
    training.ask_place(
        coming[0], by=cast.staff, now=now - timedelta(hours=5), reason="订单服务下个月上多线程改造，想先把基础补齐。"
    )
    count = len(courses) + len(past) + len(coming) + 1
    count += _needs(sites, cast, now) + _learning(cast, now) + _talk(cast, now)
    return count


def _hour(moment: datetime, zone, hour: int) -> datetime:
    """That day at a full hour; on a weekend the Friday before."""
    day = moment.astimezone(zone).replace(hour=hour, minute=0, second=0, microsecond=0)
    return day - timedelta(days=max(0, day.weekday() - 4))


def _course(name: str, skill: str, level: int | None, hours: int, text: str) -> Course:
    built = Skill.objects.get_or_create(name=skill)[0] if skill else None
    found, _made = Course.objects.get_or_create(
        name=name, defaults={"skill": built, "level": level, "hours": Decimal(hours), "text": text}
    )
    return found


def _planned(course: Course, site, cast, now: datetime, *, days: int, places: int) -> TrainingSession:
    begins_at = _hour(now + timedelta(days=days), site.zone if site else cast.hr.zone, 14)
    return training.plan_session(
        course=course, site=site, begins_at=begins_at, ends_at=begins_at + timedelta(hours=3), trainer=None,
        place=f"{site.city} · 会议室 B203" if site else "腾讯会议 · Online", guest_trainer="林老师（外聘）",
        places=places, by=cast.hr, now=min(now, begins_at) - timedelta(days=10),
    )  # fmt: skip


def _held(course: Course, site: Site, cast, now: datetime, *, days: int) -> TrainingSession:
    """Everybody but one was there; most passed, and some said what they think."""
    session = _planned(course, site, cast, now, days=-days, places=30)
    people = list(User.objects.filter(assignments__site=site).order_by("pk")[:7])
    enrolled = training.enrol(session, people=people, by=cast.hr, now=session.begins_at - timedelta(days=8))
    for number, enrolment in enumerate(enrolled[:-1]):
        training.sign_in(session, by=enrolment.person, now=session.begins_at - timedelta(minutes=20 - number))
        training.enter_result(
            enrolment, result="failed" if number == 4 else "passed", note="笔试 58 分，待补考" if number == 4 else "",
            by=cast.hr, now=session.ends_at + timedelta(hours=2),
        )  # fmt: skip
    for enrolment, (rating, words) in zip(enrolled[: len(FEEDBACK)], FEEDBACK, strict=True):
        training.give_feedback(
            session, rating=rating, words=words, by=enrolment.person, now=session.ends_at + timedelta(hours=3)
        )
    return session


def _needs(sites: list[Site], cast, now: datetime) -> int:
    """One that waits for an answer, one answered."""
    for number, (title, detail, hours) in enumerate(NEEDS):
        site, moment = sites[number], now - timedelta(hours=hours)
        asked = training.log_client_training(
            site=site, contact=site.contacts.order_by("pk").first(), title=title, detail=detail, asked_at=moment,
            wanted_on=(now + timedelta(days=20)).date(), by=site.lead, now=moment,
        )  # fmt: skip
        if number == 1:
            training.answer_client_training(
                asked, answer="Two sessions of one hour next week, by our trainer; the list of names comes from you.",
                by=cast.hr, now=moment + timedelta(hours=5),
            )  # fmt: skip
    return len(NEEDS)


def _learning(cast, now: datetime) -> int:
    for number, (topic, skill, hours, words) in enumerate(LEARNING):
        moment = now - timedelta(days=3 + number * 9)
        training.note_learning(
            topic=topic, learned_on=moment.date(), hours=Decimal(hours), words=words, by=cast.staff, now=moment,
            skill=Skill.objects.filter(name=skill).first(),
        )  # fmt: skip
    return len(LEARNING)


def _talk(cast, now: datetime) -> int:
    """One that waits for the person's word."""
    goals = [
        ("独立带一次夜间发布", (now + timedelta(days=60)).date()),
        ("Java 技能达到 4 级", (now + timedelta(days=150)).date()),
    ]
    moment = now - timedelta(days=1)
    development.record_talk(
        cast.staff, held_on=moment.date(), said="今年订单服务零事故，客户点名表扬；希望明年转向架构方向。", goals=goals,
        by=cast.lead, now=moment,
    )  # fmt: skip
    return 1


def talked(now: datetime) -> int:
    """The talks of the past year, with most of those on site; one in nine is owed one."""
    postings = Assignment.objects.filter(status="on_site", person__development_talks=None).exclude(site__lead=None)
    rows = postings.exclude(person=F("site__lead")).order_by("pk").values_list("pk", "person", "site", "site__lead")
    talks = []
    for number, person, site, lead in rows:
        if number % 9:
            held = now - timedelta(days=40 + number * 7 % 250)
            talks.append(
                DevelopmentTalk(
                    person_id=person,
                    site_id=site,
                    held_by_id=lead,
                    held_on=held.date(),
                    recorded_at=held,
                    said="回顾全年工作，约定明年的学习重点。",
                    status=DevelopmentTalk.Status.CONFIRMED,
                    signed_at=held + timedelta(hours=6),
                )
            )
    return len(DevelopmentTalk.objects.bulk_create(talks, batch_size=2000))
