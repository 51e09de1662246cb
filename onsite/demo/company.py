"""The demo company in bulk: departments, people, clients, sites, assignments, and months of talk with clients.

Everything follows from a seed, so that two loads look alike; a larger size adds to a smaller one.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from apps.communication.models import Enquiry, EnquiryMessage
from apps.core import obligations
from apps.core.obligations import Obligation
from apps.core.transitions import Event
from apps.personnel import calendar
from apps.personnel.models import Assignment, Client, ClientContact, Department, Project, RoleGrant, Site, User
from apps.personnel.roles import Role
from onsite.demo import papers, past_work, records, staffing, today, training, words
from onsite.demo.accounts import PASSWORD

BATCH = 2000


@dataclass(frozen=True)
class Size:
    """How much: people, sites, past enquiries a site, months of past monthly meetings."""

    people: int
    sites: int
    enquiries_a_site: int
    months: int
    events: bool = True
    past_work: bool = True


SIZES = {
    "small": Size(people=60, sites=8, enquiries_a_site=12, months=9, past_work=False),
    "medium": Size(people=1_000, sites=100, enquiries_a_site=50, months=12),
    "large": Size(people=10_000, sites=1_000, enquiries_a_site=200, months=84, events=False),
}


def load(name: str, *, now: datetime) -> dict[str, int]:
    """Load the demo company of a size, or add what it lacks; answers how many rows were added by kind."""
    size = SIZES[name]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('onsite demo'))")
        known = User.objects.count()
        departments = _departments()
        cast = _cast(departments)
        sites = _sites(size, departments, cast)
        people = _people(size, departments)
        staffing.abilities([*people, cast.staff] if cast.fresh else people, cast.hr, now)
        assignments = _assignments(size, people, sites, cast, now)
        in_order = papers.in_order(cast.hr, now)
        training.talked(now)
        enquiries = _enquiries(size, sites, now)
        meetings = _past_meetings(size, assignments, now)
        counts = {
            "sites": len(sites),
            "people": User.objects.count() - known,
            "assignments": len(assignments),
            "papers": in_order,
            "enquiries": enquiries,
            "past obligations": enquiries + meetings,
        }
        if cast.fresh:
            counts["things of today"] = today.live(cast, now=now)
        counts["earlier work and certificates"] = records.load(cast, now=now)
        if size.past_work:
            counts["past tasks and reports"] = past_work.load(now=now)
            obligations.plan(now)  # as the planner would within the minute
    _analyse()
    return counts


def _analyse() -> None:
    """Fresh statistics, so that the first pages after a load are planned well."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


# --- People who never change --------------------------------------------------------------------------


def _departments() -> list[Department]:
    top, _made = Department.objects.get_or_create(name="交付中心")
    found = [Department.objects.get_or_create(name=name, defaults={"parent": top})[0] for name in words.DEPARTMENTS]
    for name in words.SUPPORT_DEPARTMENTS:
        Department.objects.get_or_create(name=name)
    return found


@dataclass
class Cast:
    """The people with demo accounts, and heads and leads beside them."""

    hr: User
    lead: User
    staff: User
    finance: User
    head: User
    admin: User
    executive: User
    heads: list[User]
    leads: list[User]
    fresh: bool


def _cast(departments: list[Department]) -> Cast:
    password = make_password(PASSWORD)
    fresh = not User.objects.filter(email="hr@demo.onsite").exists()

    def somebody(local: str, name: str, title: str, department, language="zh-hans", **more) -> User:
        user, _made = User.objects.get_or_create(
            email=f"{local}@demo.onsite",
            defaults={
                "name": name,
                "title": title,
                "department": department,
                "language": language,
                "password": password,
                "number": f"H{abs(hash_of(local)) % 100_000:05d}",
                "phone": f"138{abs(hash_of(local)) % 100_000_000:08d}",
                **more,
            },
        )
        return user

    support = {one.name: one for one in Department.objects.all()}
    cast = Cast(
        hr=somebody("hr", "王芳", "人力资源主管", support["人力资源部"]),
        lead=somebody("lead", "陈敏", "驻场负责人", departments[0]),
        staff=somebody("staff", "李娜", "Java 开发工程师", departments[0]),
        finance=somebody("finance", "刘洋", "财务专员", support["财务部"]),
        head=somebody("head", "曾建国", "华南交付部总监", departments[0]),
        admin=somebody("admin", "Daniel Okafor", "System administrator", support["信息技术部"], "en"),
        executive=somebody("executive", "赵立新", "交付副总裁", support["交付中心"]),
        heads=[
            somebody("head2", "单志强", "华东交付部总监", departments[1]),
            somebody("head3", "周海燕", "华北交付部总监", departments[2]),
            somebody("head4", "Karen Lim", "Head of international delivery", departments[3], "en"),
        ],
        leads=[
            somebody(f"lead{index}", name, "驻场负责人", departments[index % len(departments)])
            for index, name in enumerate(["仇伟", "黄嘉怡", "James Wong", "郑浩然", "Priya Nair", "孙晓东"], 2)
        ],
        fresh=fresh,
    )
    for user, role in [
        (cast.hr, Role.HR),
        (cast.finance, Role.FINANCE),
        (cast.admin, Role.ADMINISTRATOR),
        (cast.executive, Role.EXECUTIVE),
    ]:
        RoleGrant.objects.get_or_create(user=user, role=role)
    User.objects.filter(pk=cast.admin.pk).update(is_staff=True, is_superuser=True)
    for department, head in zip(departments, [cast.head, *cast.heads], strict=True):
        Department.objects.filter(pk=department.pk).update(head=head)
    Department.objects.filter(name="交付中心").update(head=cast.executive)
    return cast


def hash_of(text: str) -> int:
    """A number that is the same on every machine, unlike hash()."""
    return Random(text).getrandbits(32)


# --- Sites, people, assignments -----------------------------------------------------------------------


def _sites(size: Size, departments: list[Department], cast: Cast) -> list[Site]:
    clients = [Client.objects.get_or_create(code=code, defaults={"name": name})[0] for code, name in words.CLIENTS]
    known = Site.objects.filter(code__startswith="D-").count()
    leads = [cast.lead, cast.lead, *cast.leads]
    if size.sites > len(words.SITES) and size.sites > known:
        leads += _more_leads(size.sites // 5, departments)
    fresh = []
    for index in range(known, size.sites):
        pick = Random(f"site {index}")
        if index < len(words.SITES):
            code, name, city, country, zone, which = words.SITES[index]
            client = clients[which]
        else:
            city = pick.choice(words.CITIES)
            code, country, zone = f"S{index:04d}", "CN", "Asia/Shanghai"
            name = f"{city}{pick.choice(words.COMPANIES)}{pick.choice(words.TRADES)} {index}"
            client = clients[index % len(clients)]
        lead = leads[index] if index < 8 else leads[8 + index % (len(leads) - 8)]
        department = departments[0 if index < 2 else index % len(departments)]
        fresh.append(
            Site(
                code=f"D-{code}",
                name=name,
                client=client,
                department=department,
                lead=lead,
                deputy=leads[2] if index == 0 else None,
                city=city,
                address=f"{city} · {client.name}",
                **words.FIRST_DAY["en" if country in ("SG", "US") else "zh"],
                time_zone=zone,
                country=country,
            )
        )
    Site.objects.bulk_create(fresh, batch_size=BATCH)
    _contacts(fresh, known)
    Project.objects.bulk_create(
        [Project(code=f"P-{client.code}", name=f"{client.name} 运维服务", client=client) for client in clients],
        ignore_conflicts=True,
    )
    if fresh:
        for country in {site.country for site in fresh}:
            calendar.seed(country, date.today().year)
            if country != words.NOT_YET_PUBLISHED:
                calendar.seed(country, date.today().year + 1)
    return fresh


def _more_leads(count: int, departments: list[Department]) -> list[User]:
    known = User.objects.filter(email__startswith="leader", email__endswith="@demo.onsite").count()
    password = make_password(PASSWORD)
    fresh = [_user(f"leader{index}", f"L{index:05d}", departments, password) for index in range(known, count)]
    User.objects.bulk_create(fresh, batch_size=BATCH)
    return list(User.objects.filter(email__startswith="leader", email__endswith="@demo.onsite"))


def _user(local: str, number: str, departments: list[Department], password: str) -> User:
    pick = Random(local)
    name = (
        pick.choice(words.ENGLISH) if pick.random() < 0.12 else pick.choice(words.SURNAMES) + pick.choice(words.GIVEN)
    )
    return User(
        email=f"{local}@demo.onsite",
        name=name,
        number=number,
        title=pick.choice(words.POSITIONS),
        department=pick.choice(departments),
        phone=f"13{pick.randrange(10**9):09d}",
        home_city=Random(f"home {local}").choice(staffing.CITIES),
        language="en" if name.isascii() else "zh-hans",
        password=password,
        hired_on=date(2019, 1, 1) + timedelta(days=pick.randrange(2200)),
    )


def _contacts(sites: list[Site], offset: int) -> None:
    contacts = []
    for index, site in enumerate(sites, offset):
        pick = Random(f"contact {index}")
        for which in range(3):
            english = site.country in ("SG", "US") or pick.random() < 0.15
            name = pick.choice(words.ENGLISH) if english else pick.choice(words.SURNAMES) + pick.choice(words.GIVEN)
            contacts.append(
                ClientContact(
                    client_id=site.client_id,
                    name=name,
                    title=pick.choice(words.CONTACT_TITLES),
                    email=f"contact{which}.{site.code.lower()}@client.example",
                    phone=f"139{pick.randrange(10**8):08d}",
                )
            )
    made = ClientContact.objects.bulk_create(contacts, batch_size=BATCH)
    through = ClientContact.sites.through
    through.objects.bulk_create(
        [through(clientcontact_id=contact.pk, site_id=sites[index // 3].pk) for index, contact in enumerate(made)],
        batch_size=BATCH,
    )


def _people(size: Size, departments: list[Department]) -> list[User]:
    staff = size.people - 14
    known = User.objects.filter(email__startswith="p", number__startswith="E", email__endswith="@demo.onsite").count()
    password = make_password(PASSWORD)
    fresh = [_user(f"p{index:05d}", f"E{index:05d}", departments, password) for index in range(known, staff)]
    return User.objects.bulk_create(fresh, batch_size=BATCH)


def _assignments(size: Size, people: list[User], sites: list[Site], cast: Cast, now: datetime) -> list[Assignment]:
    day = now.date()
    projects = {project.client_id: project for project in Project.objects.all()}
    sites = sites or list(Site.objects.filter(code__startswith="D-"))
    fresh = []
    if cast.fresh:
        fresh.append(_assignment(cast.staff, sites[0], projects, day - timedelta(days=240), day + timedelta(days=125)))
    for index, person in enumerate(people):
        pick = Random(f"assignment {person.number}")
        longest = size.months * 31 if size.months > 24 else 400
        shortest = longest - 10 if size.months > 24 else 25
        since = day - timedelta(days=pick.randrange(shortest, longest))
        fresh.append(
            _assignment(
                person, sites[index % len(sites)], projects, since, day + timedelta(days=pick.randrange(20, 500))
            )
        )
    return Assignment.objects.bulk_create(staffing.from_requests(fresh, cast.hr, now), batch_size=BATCH)


def _assignment(person, site, projects, since, planned_to) -> Assignment:
    return Assignment(
        person=person,
        site=site,
        project=projects.get(site.client_id),
        position=person.title,
        since=since,
        planned_to=planned_to,
        status=Assignment.Status.ON_SITE,
    )


# --- Months of talk -----------------------------------------------------------------------------------


def _enquiries(size: Size, sites: list[Site], now: datetime) -> int:
    """Past enquiries, nearly all answered in time; a few late for ever."""
    owners: dict[int, list[int]] = {}
    for site_id, person_id in Assignment.objects.filter(site__in=sites).values_list("site_id", "person_id"):
        owners.setdefault(site_id, []).append(person_id)
    contacts: dict[int, list[ClientContact]] = {}
    through = ClientContact.sites.through
    by_id = ClientContact.objects.in_bulk()
    for site_id, contact_id in through.objects.values_list("site_id", "clientcontact_id"):
        contacts.setdefault(site_id, []).append(by_id[contact_id])
    count = 0
    for begin in range(0, len(sites), 25):
        count += _enquiries_of(size, sites[begin : begin + 25], owners, contacts, now)
    return count


def _enquiries_of(size: Size, sites, owners, contacts, now: datetime) -> int:
    enquiries, messages, answers = [], [], []
    for site in sites:
        pick = Random(f"enquiries {site.code}")
        youngest = today.QUIET_DAYS + 2 if site.code == today.QUIET_SITE else 2
        for _turn in range(size.enquiries_a_site):
            subject, asked, answered = pick.choice(words.TALKS)
            arrived = (now - timedelta(days=youngest, minutes=pick.randrange(size.months * 30 * 24 * 60))).replace(
                second=0, microsecond=0
            )
            hours = pick.uniform(24.5, 60) if pick.random() < 0.05 else min(pick.lognormvariate(1.3, 0.8), 23.5)
            answer_at = min(arrived + timedelta(hours=hours), now - timedelta(hours=1))
            owner_id = pick.choice(owners.get(site.pk, [site.lead_id]))
            contact = pick.choice(contacts[site.pk])
            enquiry = Enquiry(
                site=site,
                contact=contact,
                subject=subject,
                channel=pick.choice(["mail", "mail", "mail", "phone", "chat"]),
                owner_id=owner_id,
                logged_by_id=owner_id,
                status=pick.choice(["answered", "closed", "closed"]),
                arrived_at=arrived,
                opened_at=arrived,
                first_answer_at=answer_at,
            )
            if enquiry.status == "closed":
                enquiry.closed_at = answer_at
            enquiries.append(enquiry)
            messages.append(
                EnquiryMessage(
                    direction="in",
                    channel=enquiry.channel,
                    contact=contact,
                    client_address=contact.email,
                    text=asked,
                    at=arrived,
                )
            )
            answers.append(
                EnquiryMessage(
                    direction="out",
                    channel=enquiry.channel,
                    author_id=owner_id,
                    text=answered,
                    at=answer_at,
                    dispatch="sent" if enquiry.channel == "mail" else "",
                    sent_at=answer_at,
                )  # fmt: skip
            )
    Enquiry.objects.bulk_create(enquiries, batch_size=BATCH)
    for enquiry, asked, answered in zip(enquiries, messages, answers, strict=True):
        asked.enquiry = answered.enquiry = enquiry
    EnquiryMessage.objects.bulk_create(messages + answers, batch_size=BATCH)
    kind = ContentType.objects.get_for_model(Enquiry)
    promises = []
    for enquiry in enquiries:
        due = enquiry.arrived_at + timedelta(hours=24)
        promises.append(
            Obligation(
                kind="client_reply",
                subject_type=kind,
                subject_id=enquiry.pk,
                title=f"{enquiry.number} {enquiry.subject}",
                url=enquiry.get_absolute_url(),
                period="1",
                site=enquiry.site,
                owner_id=enquiry.owner_id,
                status="met",
                opened_at=enquiry.arrived_at,
                due_at=due,
                met_at=enquiry.first_answer_at,
                breached_at=due if enquiry.first_answer_at > due else None,
            )
        )
    Obligation.objects.bulk_create(promises, batch_size=BATCH)
    if size.events:
        Event.objects.bulk_create(
            [
                Event(subject_type=kind, subject_id=one.pk, verb=verb, actor_id=one.owner_id, at=at)
                for one in enquiries
                for verb, at in (("enquiry_logged", one.arrived_at), ("enquiry_answered", one.first_answer_at))
            ],
            batch_size=BATCH,
        )
    return len(enquiries)


def _past_meetings(size: Size, assignments: list[Assignment], now: datetime) -> int:
    """Monthly meetings of the past as promises kept, one in twenty-five not in time; in one statement."""
    kind = ContentType.objects.get_for_model(Assignment)
    this_month = now.astimezone(ZoneInfo("Asia/Shanghai")).date().replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO core_obligation (kind, subject_type_id, subject_id, title, url, period, person_id, site_id,
                owner_id, status, opened_at, due_at, met_at, breached_at, alarms, alarms_rung, next_alarm_at)
            SELECT 'monthly_meeting', %(kind)s, a.id, s.name || ' · ' || to_char(month, 'YYYY-MM'),
                '/assignments/' || a.id || '/', to_char(month, 'YYYY-MM'), a.person_id, a.site_id, a.person_id, 'met',
                month AT TIME ZONE s.time_zone, due, CASE WHEN late THEN due + interval '3 days' ELSE
                    (month + (6 + (a.id + extract(month FROM month)::int) %% 20) * interval '1 day'
                        + interval '10 hours') AT TIME ZONE s.time_zone END,
                CASE WHEN late THEN due END, '[]', 0, NULL
            FROM personnel_assignment a
            JOIN personnel_site s ON s.id = a.site_id
            CROSS JOIN LATERAL generate_series(
                greatest(date_trunc('month', a.since + 20), %(first)s::date)::timestamp,
                %(last)s::date - interval '1 day', interval '1 month') AS month
            CROSS JOIN LATERAL (SELECT
                (month + interval '1 month' - interval '1 minute') AT TIME ZONE s.time_zone AS due,
                (a.id * 31 + extract(month FROM month)::int * 7) %% 25 = 0 AS late) AS judged
            WHERE a.id = ANY(%(assignments)s)
            """,
            {
                "kind": kind.pk,
                "first": this_month - timedelta(days=size.months * 31),
                "last": this_month,
                "assignments": [assignment.pk for assignment in assignments],
            },
        )
        return cursor.rowcount
