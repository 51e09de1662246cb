"""What the demo people have in their records: grades, whom to call, certificates, earlier work, a few numbers."""

from datetime import date, datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import connection

from apps.personnel.actions import identity, qualifications
from apps.personnel.models import (
    Certificate,
    CertificateKind,
    Grade,
    IdentityNumber,
    PersonSkill,
    Skill,
    User,
    WorkHistory,
)

GRADES = ["助理工程师", "工程师", "中级工程师", "高级工程师", "资深工程师", "驻场负责人", "部门总监", "副总裁"]
SKILLS = [
    "Java", "Python", "C#", "React", "SQL", "Linux", "Kubernetes", "软件测试", "自动化测试", "需求分析", "项目管理",
    "界面设计", "数据分析", "网络工程", "信息安全", "PLC 编程", "MES 系统", "机房巡检", "低压配电", "客户培训",
    "Customer support",
]  # fmt: skip
LANGUAGES = ["普通话", "英语", "粤语", "日语", "德语", "马来语"]
KINDS = [
    ("PMP", "PMI"), ("软件测试工程师 ISTQB", "CSTQB"), ("CCNP", "Cisco"), ("低压电工作业证", "应急管理局"),
    ("高处作业证", "应急管理局"), ("注册信息安全专业人员 CISP", "中国信息安全测评中心"),
    ("ITIL 4 Foundation", "PeopleCert"), ("CKA", "CNCF"), ("健康证", "疾病预防控制中心"),
]  # fmt: skip
EMPLOYERS = [
    "东软集团",
    "用友网络",
    "中软国际",
    "神州数码",
    "文思海辉",
    "浪潮软件",
    "Tata Consultancy",
    "Infosys",
    "宝信软件",
]
# Specimens that the authorities themselves print, and passports that nobody holds.
NUMBERS = [
    ("staff", "cn_id", "11010519491231002X"),
    ("lead3", "hk_id", "A1234563"),
    ("lead6", "passport", "Z00000006"),
    ("lead5", "sg_nric", "S1234567D"),
    ("hr", "passport", "E00000001"),
]
FIRST_FEW = 40  # of whom one in five needs a new certificate soon; of all others one in fifty


def load(cast, *, now: datetime) -> int:
    """Whatever is missing; answers how many rows were added."""
    grades = [
        Grade.objects.get_or_create(rank=rank, defaults={"name": name})[0] for rank, name in enumerate(GRADES, start=1)
    ]
    for name in SKILLS:
        Skill.objects.get_or_create(name=name)
    for name in LANGUAGES:
        Skill.objects.get_or_create(name=name, defaults={"kind": Skill.Kind.LANGUAGE})
    for name, issuer in KINDS:
        CertificateKind.objects.get_or_create(name=name, defaults={"issuer": issuer})
    fresh = list(User.objects.filter(email__endswith="@demo.onsite", grade=None).values_list("pk", flat=True))
    if not fresh:
        return 0
    _facts(fresh, grades)
    count = _earlier_work(fresh) + _health(fresh, cast.hr, now)
    _history()
    if cast.fresh:
        _own(cast, now)
        _numbers(cast.hr, now)
    return count


def _facts(people: list[int], grades: list[Grade]) -> None:
    """Grade, home city and whom to call, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE personnel_user u SET
                grade_id = (%(grades)s)[CASE
                    WHEN EXISTS (SELECT FROM personnel_department d WHERE d.head_id = u.id) THEN 7
                    WHEN EXISTS (SELECT FROM personnel_site s WHERE s.lead_id = u.id) THEN 6
                    ELSE 1 + (u.id * 7) %% 5 END],
                home_city = CASE WHEN u.home_city = '' THEN
                    (ARRAY['深圳', '广州', '上海', '杭州', '北京', '成都', '武汉', '西安'])[1 + u.id %% 8]
                    ELSE u.home_city END,
                emergency_name = left(u.name, 1) || (ARRAY['秀英', '建华', '桂兰', '志明'])[1 + (u.id * 3) %% 4],
                emergency_relation = (ARRAY['母亲', '父亲', '配偶', '兄弟姐妹'])[1 + u.id %% 4],
                emergency_phone = '136' || lpad(((u.id * 48271) %% 100000000)::text, 8, '0')
            WHERE u.id = ANY(%(people)s)
            """,
            {"people": people, "grades": [grade.pk for grade in grades]},
        )


def _earlier_work(people: list[int]) -> int:
    """One or two employers before us, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO personnel_workhistory (person_id, employer, position, since, until, note)
            SELECT u.id, (%(employers)s)[1 + (u.id * 5 + turn * 4) %% %(many)s], u.title,
                (begun - interval '26 months' * turn)::date,
                (begun - interval '26 months' * (turn - 1) - interval '20 days')::date, ''
            FROM personnel_user u CROSS JOIN generate_series(1, 2) turn
            CROSS JOIN LATERAL (SELECT coalesce(u.hired_on, date '2021-03-01') AS begun) days
            WHERE u.id = ANY(%(people)s) AND (turn = 1 OR u.id %% 3 > 0)
            """,
            {"people": people, "employers": EMPLOYERS, "many": len(EMPLOYERS)},
        )
        return cursor.rowcount


def _health(people: list[int], hr: User, now: datetime) -> int:
    """Certificates that run out in the next weeks, and some that did."""
    kind = CertificateKind.objects.get(name="健康证")
    rows = []
    for index, person in enumerate(people):
        if index % (5 if index < FIRST_FEW else 50):
            continue
        expires = now.date() + timedelta(days=(index * 7) % 75 - 12)
        rows.append(
            Certificate(
                person_id=person,
                kind=kind,
                number=f"JK{person:08d}",
                issued_on=expires - timedelta(days=365),
                expires_on=expires,
                added_by_id=person,
                added_at=now - timedelta(days=300),
                verified_by=hr if index % 2 and person != hr.pk else None,
                verified_at=now - timedelta(days=298) if index % 2 and person != hr.pk else None,
            )
        )
    return len(Certificate.objects.bulk_create(rows))


def _history() -> None:
    """Who entered and who verified what stands there without an event so far, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO core_event (subject_type_id, subject_id, verb, actor_id, at, note, data)
            SELECT happened.* FROM (
                SELECT %(paper)s, id, %(added)s, added_by_id, added_at, '', '{}'::jsonb FROM personnel_certificate
                UNION ALL
                SELECT %(paper)s, id, %(verified)s, verified_by_id, verified_at, '', '{}'
                FROM personnel_certificate WHERE verified_at IS NOT NULL
                UNION ALL
                SELECT %(skill)s, id, %(claimed)s, person_id, claimed_at, evidence,
                    jsonb_build_object('level', claimed_level)
                FROM personnel_personskill WHERE claimed_at IS NOT NULL
                UNION ALL
                SELECT %(skill)s, id, %(checked)s, verified_by_id, verified_at, verified_note,
                    jsonb_build_object('level', verified_level)
                FROM personnel_personskill WHERE verified_at IS NOT NULL
            ) happened (kind, pk, verb, actor, at, note, data)
            WHERE NOT EXISTS (SELECT FROM core_event e WHERE e.subject_type_id = kind AND e.subject_id = pk)
            """,
            {
                "paper": ContentType.objects.get_for_model(Certificate).pk,
                "skill": ContentType.objects.get_for_model(PersonSkill).pk,
                "added": qualifications.ADDED,
                "verified": qualifications.VERIFIED,
                "claimed": qualifications.CLAIMED,
                "checked": qualifications.SKILL_VERIFIED,
            },
        )


def _own(cast, now: datetime) -> None:
    """The records of the demo accounts, through the real actions: claimed, verified, waiting."""
    skills = {one.name: one for one in Skill.objects.all()}
    kinds = {one.name: one for one in CertificateKind.objects.all()}
    then = now - timedelta(days=30)

    def claims(person: User, name: str, level: int, evidence: str) -> PersonSkill:
        return qualifications.claim_skill(
            person, skill=skills[name], level=level, evidence=evidence, by=person, now=then - timedelta(days=60)
        )

    claims(cast.staff, "Java", 4, "坪山基地 MES 接口改造，独立承担两个模块。")
    qualifications.verify_skill(
        cast.staff, skill=skills["Java"], level=3, note="代码走查和上线评审", by=cast.lead, now=then
    )
    claims(cast.staff, "SQL", 3, "产线报表查询优化，执行时间由 40 秒降到 2 秒。")
    claims(cast.staff, "英语", 3, "大学英语六级，能阅读英文文档。")
    claims(cast.lead, "项目管理", 4, "带队交付三个驻场项目。")
    qualifications.verify_skill(cast.lead, skill=skills["项目管理"], level=4, note="年度述职", by=cast.head, now=then)
    for person, name, number, issued, years, verified in (
        (cast.staff, "软件测试工程师 ISTQB", "CTFL-2023-118", date(2023, 6, 20), None, True),
        (cast.staff, "CKA", "LF-7c2k91", (now - timedelta(days=700)).date(), 2, False),
        (cast.lead, "PMP", "3318842", date(2024, 9, 12), 3, True),
    ):
        paper = qualifications.add_certificate(
            person, kind=kinds[name], number=number, issued_on=issued,
            expires_on=issued + timedelta(days=365 * years) if years else None, by=person, now=then,
        )  # fmt: skip
        if verified:
            qualifications.verify_certificate(paper, note="官网可查", by=cast.hr, now=then + timedelta(days=2))
    WorkHistory.objects.filter(person=cast.staff).update(note="银行核心系统的接口开发与测试。")


def _numbers(hr: User, now: datetime) -> None:
    """A few identity numbers, sealed like all."""
    known = set(IdentityNumber.objects.values_list("person", flat=True))
    for local, kind, number in NUMBERS:
        person = User.objects.get(email=f"{local}@demo.onsite")
        if person.pk not in known:
            identity.set_identity(person, kind=kind, number=number, by=hr, now=now - timedelta(days=20))
