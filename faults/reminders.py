"""Reminders under faults (promises G1, G2, G3, G7, G8, G10): `python -m faults.reminders [--quick] [--seed N]`.

Prints its counts; exits 1 when one is off.
"""

import argparse
import os
import random
import signal
import statistics
import sys
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from faults.house import House, Report, in_house


@dataclass(frozen=True)
class Plan:
    """How much, and how often what is broken."""

    due: int
    seconds: int
    kills: int
    flushes: int
    redis_kills: int
    postgres_stops: int
    without_beat: int
    poison: int
    posts: int
    orders: int


FULL = Plan(
    10_000, 240, kills=50, flushes=8, redis_kills=5, postgres_stops=3, without_beat=25, poison=1, posts=500, orders=500
)
QUICK = Plan(
    400, 25, kills=4, flushes=2, redis_kills=1, postgres_stops=1, without_beat=5, poison=3, posts=40, orders=10
)


WARM = 10  # posts before anything is measured: the first ones load what the others find ready


def people(count: int, poison: int):
    """Owners of the promises, the first with mail addresses refused for good; and a site with a lead."""
    from apps.personnel.models import Client, Department, RoleGrant, Site, User

    made = []
    for index in range(count):
        local = f"poison{index}" if index < poison else f"owner{index}"
        made.append(User(email=f"{local}@house.example", name=f"Owner {index}", language="en", number=f"F{index}"))
    made = User.objects.bulk_create(made)
    admin = User.objects.create_user("admin@house.example", "onsite-demo", name="Admin", language="en")
    RoleGrant.objects.create(user=admin, role="administrator")
    client = Client.objects.create(name="House", code="H")
    department = Department.objects.create(name="House", head=admin)
    Site.objects.create(name="House", code="H", city="Shanghai", client=client, department=department, lead=admin)
    return made


def promises(owners, plan: Plan, *, spread: float, begin, shift=timedelta(0)):
    """`plan.due` promises with one warning each, spread over `spread` seconds from `begin` (minus `shift`)."""
    from django.contrib.contenttypes.models import ContentType

    from apps.core.obligations import Obligation
    from apps.personnel.models import User

    kind = ContentType.objects.get_for_model(User)
    rows = []
    for index in range(plan.due):
        owner = owners[index % len(owners)]
        at = begin - shift + timedelta(seconds=spread * index / plan.due)
        rows.append(
            Obligation(
                kind="client_reply",
                subject_type=kind,
                subject_id=owner.pk,
                title=f"Promise {shift.days}/{index}",
                url="/",
                period=f"{shift.total_seconds():.0f}/{index}",
                owner=owner,
                opened_at=at - timedelta(hours=1),
                due_at=begin + timedelta(days=400),
                alarms=[[at.isoformat(), "owner", False]],
                next_alarm_at=at,
            )
        )
    return Obligation.objects.bulk_create(rows, batch_size=2000)


def torment(house: House, plan: Plan, seed: int) -> Counter:
    """Break things at random moments over the plan's seconds; everything killed is started again."""
    pick = random.Random(seed)
    often = {
        "kill": plan.kills,
        "flush": plan.flushes,
        "redis": plan.redis_kills,
        "postgres": plan.postgres_stops,
    }
    acts = [act for act, times in often.items() for _time in range(times)]
    pick.shuffle(acts)
    acts.insert(len(acts) // 2, "without beat")
    done = Counter()
    pause = max(plan.seconds - plan.without_beat, 1) / len(acts)
    for act in acts:
        time.sleep(pause * pick.uniform(0.5, 1.5))
        if act == "kill":
            name = pick.choice(house.names("worker", "beat"))
            house.kill(name)
            house.start(name)
        elif act == "flush":
            house.flush_redis()
        elif act == "redis":
            house.restart_redis()
        elif act == "postgres":
            house.restart_postgres()
        else:
            for name in house.names("beat"):
                house.kill(name)
            time.sleep(plan.without_beat)
            for name in house.names("beat"):
                house.start(name)
        done[act] += 1
    return done


def reopen():
    """A connection that survived a server's death is of no use."""
    from django.db import connections

    connections.close_all()


def wait(condition, seconds: float) -> float:
    """Seconds until the condition holds; gives up after `seconds`."""
    from django.db import DatabaseError

    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        try:
            if condition():
                break
        except DatabaseError:
            reopen()
        time.sleep(0.5)
    return time.monotonic() - begun


def start_clock(house: House, seconds: float = 60) -> None:
    """Workers and beats live before anything counts; a product that cannot start is told at once, with its log."""
    from apps.core.pulse import Heartbeat

    house.start_clock()
    limit = time.monotonic() + seconds
    while Heartbeat.objects.filter(process__in=["worker", "beat"]).count() < 2:
        house.check()
        if time.monotonic() > limit:
            raise TimeoutError(f"no sign of life from worker and beat; logs in {house.folder}/logs")
        time.sleep(0.2)


def told_once(house: House, plan: Plan, owners, report: Report, seed: int) -> None:
    """G1 and G2: each reminder once to each person; each mail sent; poison parked where people see it."""
    from apps.core.notifications import Delivery, Notification
    from apps.core.obligations import Obligation, database_now

    start_clock(house)
    rows = promises(owners, plan, spread=plan.seconds, begin=database_now())
    done = torment(house, plan, seed)
    house.check()
    print(f"     broke: {dict(done)}", flush=True)
    reopen()
    wait(lambda: not Obligation.objects.filter(next_alarm_at__isnull=False).exists(), 120)
    told = Counter(Notification.objects.filter(kind="obligation_warning").values_list("person_id", "key"))
    wanted = {(row.owner_id, f"obligation_warning:{row.pk}:0:{row.due_at.isoformat()}") for row in rows}
    report.expect("G1", "reminders lost", len(wanted - set(told)), 0)
    report.expect("G1", "reminders told twice or to the wrong person", sum(told.values()) - len(wanted & set(told)), 0)
    poisoned = sum(row.owner.email.startswith("poison") for row in rows)

    def hurry() -> bool:
        Delivery.objects.filter(status="waiting", leased_until=None).update(next_try_at=database_now())
        return not Delivery.objects.filter(status="waiting").exists()

    wait(hurry, 300)
    ids = Counter(house.letterbox.ids)
    sent = set(Delivery.objects.filter(status="sent").values_list("pk", flat=True))
    report.expect("G2", "distinct mails", len(ids), plan.due - poisoned)
    report.expect("G2", "deliveries marked sent", len(sent), plan.due - poisoned)
    report.expect("G2", "poison parked and visible", Delivery.objects.filter(status="failed").count(), poisoned)
    print(f"     repeats, recognisable by their Message-ID: {sum(ids.values()) - len(ids)}", flush=True)


def catches_up(house: House, plan: Plan, owners, report: Report) -> None:
    """G3: after an outage everything is told once, within a minute."""
    from apps.core.notifications import Notification
    from apps.core.obligations import Obligation, database_now

    for outage in (timedelta(hours=3), timedelta(hours=24), timedelta(days=31)):
        before = Notification.objects.filter(kind="obligation_warning").count()
        promises(owners, plan, spread=0, begin=database_now(), shift=outage)
        took = wait(lambda: not Obligation.objects.filter(next_alarm_at__isnull=False).exists(), 90)
        report.expect("G3", f"seconds to catch up with {outage}", round(took, 1), "at most 60", took <= 60)
        report.expect(
            "G3", "told once each", Notification.objects.filter(kind="obligation_warning").count() - before, plan.due
        )


def pages_without_redis(house: House, plan: Plan, report: Report) -> None:
    """G7: with Redis dead or hung no form post fails or waits for it, and what was posted is kept with its clock."""
    import requests
    from django.urls import reverse

    from apps.communication.models import Enquiry
    from apps.core.obligations import Obligation
    from apps.personnel.models import Site

    site = Site.objects.get()
    house.start("web")
    house.wait_for_web()
    base = f"http://127.0.0.1:{house.port}"
    session = requests.Session()
    page = session.get(f"{base}/accounts/login/", timeout=30)
    token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    entered = session.post(
        f"{base}/accounts/login/",
        data={"csrfmiddlewaretoken": token, "login": "admin@house.example", "password": "onsite-demo"},
        timeout=30,
    )
    report.expect("G7", "sign-in leads to", entered.url, f"{base}/")

    def post(index: int) -> tuple[int, float]:
        begun = time.monotonic()
        answer = requests.post(
            f"{base}{reverse('enquiry_new')}",
            data={
                "csrfmiddlewaretoken": session.cookies["csrftoken"],
                "key": uuid.uuid4().hex,
                "site": site.pk,
                "channel": "phone",
                "text": f"Question {uuid.uuid4()}",
            },
            cookies=session.cookies.get_dict(),
            headers={"Referer": base},
            allow_redirects=False,
            timeout=60,
        )
        return answer.status_code, time.monotonic() - begun

    def measure(state: str) -> float:
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(post, range(plan.posts)))
        statuses = Counter(status for status, _took in answers)
        p99 = statistics.quantiles([took for _status, took in answers], n=100)[98]
        report.expect("G7", f"answers with Redis {state}", dict(statuses), {302: plan.posts})
        return p99

    for index in range(WARM):
        post(index)
    alive = measure("alive")
    os.kill(house.redis.child.process.pid, signal.SIGSTOP)
    hung = measure("hung")
    os.kill(house.redis.child.process.pid, signal.SIGCONT)
    house.redis.child.kill()
    dead = measure("dead")
    house.redis.start()
    reopen()
    enquiries = Enquiry.objects.filter(site=site)
    clocks = Obligation.objects.open().filter(site=site, kind="client_reply", subject_id__in=enquiries.values("pk"))
    report.expect("G7", "questions kept", enquiries.count(), WARM + 3 * plan.posts)
    report.expect("G7", "their clocks running", clocks.count(), WARM + 3 * plan.posts)
    for state, p99 in (("hung", hung), ("dead", dead)):
        what = f"p99 seconds, Redis {state} (alive: {alive:.2f})"
        report.expect("G7", what, round(p99, 2), "at most 1 s more", p99 <= alive + 1)


def silence_is_noticed(house: House, report: Report) -> None:
    """G10: whichever kind of process stops, administrators are told within three minutes; none is missed that lives."""
    from apps.core.notifications import Notification
    from apps.core.pulse import Heartbeat

    if not house.names("web"):
        house.start("web")
    wait(lambda: Heartbeat.objects.count() == 3, 60)
    alarms = Notification.objects.filter(kind="process_silent")
    report.expect("G10", "alarms about what was alive", alarms.count(), 0)
    for kind in ("worker", "beat", "web"):
        for name in house.names(kind):
            house.kill(name)
        took = wait(alarms.filter(key__startswith=f"silent:{kind}:").exists, 180)
        report.expect("G10", f"seconds until {kind} was missed", round(took), "at most 180", took < 180)
        for name in house.names(kind):
            house.start(name)
        time.sleep(20)
    report.expect("G10", "alarms", alarms.count(), 3)


def clock_tells_the_truth(house: House, plan: Plan, report: Report, seed: int) -> None:
    """G8: random sequences of what can happen to a question, each step compared with what the policy says."""
    from apps.communication.tests.clock_machine import EXAMPLES, Clock, try_orders
    from apps.personnel.tests.factories import AssignmentFactory, ClientContactFactory, SiteFactory, UserFactory

    for name in house.names("worker", "beat", "web"):
        house.kill(name)  # the machine has a calendar of its own, in which nobody else sweeps
    site = SiteFactory(lead=UserFactory())
    ClientContactFactory(client=site.client, sites=[site], email="li@client.example")
    staff = AssignmentFactory(site=site).person
    differ = []
    try:
        try_orders(staff=staff, lead=site.lead, examples=plan.orders, seed=seed)
    except AssertionError as difference:
        differ.append(difference)
        print(difference, flush=True)
    report.expect("G8", f"clocks that differ from the policy, {Clock.steps} steps", len(differ), 0)
    report.expect("G8", "sequences", next(EXAMPLES), f"at least {plan.orders}", Clock.steps >= plan.orders)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--quick", action="store_true", help="the short form that the tests run")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--only", choices=["G1", "G3", "G7", "G8", "G10"], help="one campaign alone")
    chosen = words.parse_args()
    plan = QUICK if chosen.quick else FULL

    def campaign(house: House, report: Report) -> None:
        owners = people(200 if chosen.quick else 1000, plan.poison)
        if chosen.only in (None, "G1"):
            told_once(house, plan, owners, report, chosen.seed)
        elif chosen.only != "G8":
            start_clock(house)
        if chosen.only in (None, "G3"):
            catches_up(house, plan, owners, report)
        if chosen.only in (None, "G7"):
            pages_without_redis(house, plan, report)
        if chosen.only == "G10" or (chosen.only is None and not chosen.quick):
            silence_is_noticed(house, report)
        if chosen.only in (None, "G8"):
            clock_tells_the_truth(house, plan, report, chosen.seed)

    return in_house(campaign, seed=chosen.seed)


if __name__ == "__main__":
    sys.exit(main())
