"""`python -m bench.pages [--size large] [--rounds 60]`: the sweep and the pages people open most, as one table.

Makes its own servers and demo companies (small, and the size asked for), so nothing else is touched.
"""

import argparse
import statistics
import time
from datetime import timedelta

from bench.house import house

PAGES = [
    # (name, address, or of what record the page is opened, bare view, who)
    ("home", "/", "/obligations/", "lead"),
    ("inbox", "/approvals/", "/inbox/", "head"),
    ("obligations", "/obligations/", "/obligations/", "hr"),
    ("enquiry list", "/enquiries/", "/enquiries/", "hr"),
    ("site page", "site", "/obligations/", "hr"),
    ("people", "/people/", "/people/", "hr"),
    ("candidates", "staffing", "/people/", "hr"),
    ("staffing board", "/board/", "/people/", "hr"),
    ("not complete", "/arrivals/", "/people/", "hr"),
    ("tasks", "/tasks/", "/tasks/", "lead"),
    ("tasks, of all", "/tasks/", "/tasks/", "hr"),
    ("tasks, ever", "/tasks/?status=any", "/tasks/", "hr"),
    ("one task", "task", "/steps/", "lead"),
    ("give a task", "giving", "/people/", "lead"),
    ("plans", "/plans/", "/plans/", "lead"),
    ("plans, of all", "/plans/", "/plans/", "hr"),
    ("board", "/tasks/board/", "/cards/", "lead"),
    ("board, of all", "/tasks/board/", "/cards/", "hr"),
    ("calendar", "/tasks/calendar/", "/cards/", "lead"),
    ("calendar, all", "/tasks/calendar/", "/cards/", "hr"),
    ("Gantt", "/tasks/gantt/", "/steps/", "lead"),
    ("Gantt, of all", "/tasks/gantt/", "/steps/", "hr"),
    ("reports", "/reports/", "/reports/", "lead"),
    ("reports, of all", "/reports/", "/reports/", "hr"),
    ("own reports", "/reports/", "/reports/", "staff"),
    ("file a report", "/reports/new/", "/reports/", "staff"),
    ("review a report", "review", "/reports/", "lead"),
    ("acknowledge", "/reports/acknowledge/", "/reports/", "lead"),
    ("work by site", "/work/", "/people/", "head"),
    ("work, all sites", "/work/", "/people/", "hr"),
    ("quality", "/quality/", "/reports/", "lead"),
    ("quality, of all", "/quality/", "/reports/", "hr"),
]


def measure(client, address: str, rounds: int) -> dict:
    """p95 and median in milliseconds, requests a second, queries and kilobytes of a page."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    queries = len(captured)  # asked now: the next request empties the log
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}")
    took = []
    for _round in range(rounds):
        begun = time.perf_counter()
        client.get(address)
        took.append(time.perf_counter() - begun)
    return {
        "p95": statistics.quantiles(took, n=20)[18] * 1000,
        "median": statistics.median(took) * 1000,
        "rate": 1 / statistics.mean(took),
        "queries": queries,
        "kb": len(answer.content) / 1024,
    }


def pages(rounds: int) -> dict[str, tuple[dict, dict]]:
    """Each page beside its bare view."""
    from django.test import Client, override_settings

    from apps.personnel.models import Site, StaffingRequest, User
    from apps.workplans.models import Report, Task

    found = {}
    for name, address, bare, who in PAGES:
        client = Client(headers={"accept-language": "en"})
        client.force_login(User.objects.get(email=f"{who}@demo.onsite"))
        if address == "site":
            address = Site.objects.filter(code="D-SZ-PS").get().get_absolute_url()
        elif address == "staffing":
            wanted = StaffingRequest.objects.open().exclude(requirements=None).order_by("pk").first()
            address = f"{wanted.get_absolute_url()}candidates/"
        elif address == "task":
            address = (
                Task.objects.filter(site__lead__email=f"{who}@demo.onsite", status="started").first().get_absolute_url()
            )
        elif address == "review":
            led = Report.objects.to_review().filter(assignment__site__lead__email=f"{who}@demo.onsite")
            address = f"{led.earliest('filed_at').get_absolute_url()}review/"
        elif address == "giving":
            site = Site.objects.filter(lead__email=f"{who}@demo.onsite").order_by("pk").first()
            address = f"{site.get_absolute_url()}tasks/new/"
        ours = measure(client, address, rounds)
        with override_settings(ROOT_URLCONF="bench.bare", MIDDLEWARE=[]):
            theirs = measure(Client(), bare, rounds)
        found[name] = (ours, theirs)
    return found


def sweeps(due: int) -> None:
    """The sweep with `due` alarms among everything there is, and with none."""
    from apps.core import obligations
    from apps.core.obligations import Obligation

    now = obligations.database_now()
    obligations.sweep(now=now)
    took = []
    for _round in range(20):
        begun = time.perf_counter()
        obligations.sweep()
        took.append(time.perf_counter() - begun)
    print(f"sweep, nothing due, {Obligation.objects.count():,} promises: {statistics.median(took) * 1000:.1f} ms")
    broken = list(Obligation.objects.filter(status="met", breached_at=None).order_by("-pk")[:due])
    fresh = [
        Obligation(
            kind="client_reply",
            subject_type_id=one.subject_type_id,
            subject_id=one.subject_id,
            title=one.title,
            url=one.url,
            period=f"bench {one.pk}",
            site_id=one.site_id,
            owner_id=one.owner_id,
            opened_at=now - timedelta(hours=25),
            due_at=now - timedelta(hours=1),
            alarms=[[(now - timedelta(hours=1)).isoformat(), "head", True]],
            next_alarm_at=now - timedelta(hours=1),
        )
        for one in broken
    ]
    Obligation.objects.bulk_create(fresh, batch_size=2000)
    begun = time.perf_counter()
    rung = obligations.sweep()
    print(f"sweep, {rung:,} due: {time.perf_counter() - begun:.2f} s")


def load(size: str) -> None:
    from django.core.management import call_command

    begun = time.perf_counter()
    call_command("demo", size=size, verbosity=0)
    print(f"demo {size}: {time.perf_counter() - begun:.1f} s")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--size", choices=["medium", "large"], default="large")
    words.add_argument("--rounds", type=int, default=60)
    chosen = words.parse_args()
    with house():
        import onsite.wsgi  # noqa: F401  as the web process begins

        load("small")
        small = pages(chosen.rounds)
        load(chosen.size)
        sweeps(10_000)
        large = pages(chosen.rounds)
        heads = {"p95 ms": 8, "median": 8, "queries": 9, "KB": 7, "req/s": 8, "bare req/s": 12, "ratio": 7, "growth": 8}
        print(f"\n{'page':<16}" + "".join(f"{head:>{width}}" for head, width in heads.items()))
        for name, (ours, bare) in large.items():
            growth = ours["p95"] / small[name][0]["p95"]
            print(
                f"{name:<16}{ours['p95']:>8.1f}{ours['median']:>8.1f}{ours['queries']:>9}{ours['kb']:>7.0f}{ours['rate']:>8.0f}"
                f"{bare['rate']:>12.0f}{ours['rate'] / bare['rate']:>7.2f}{growth:>7.2f}×"
            )


if __name__ == "__main__":
    main()
