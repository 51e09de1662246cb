"""One person, eight sites at one moment (promise G12): `python -m faults.dispatching [--quick]`.

Eight HR people decide for eight sites through the API of a running web process, person by person, each at the same
moment as the other seven. Prints its counts; exits 1 when one is off.
"""

import argparse
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from faults.house import House, Report, in_house

HANDS = 8
FULL, QUICK = 300, 20
SEATS = 150  # a request may ask for 200 at most


def company(people: int) -> tuple[list[int], list[tuple[str, list[int]]]]:
    """Who may go; and for each hand a token of somebody from HR with the requests of one site."""
    from django.utils import timezone
    from knox.models import AuthToken

    from apps.personnel.models import StaffingRequest, User
    from apps.personnel.tests.factories import SiteFactory, UserFactory

    today = timezone.localdate()
    staff = User.objects.bulk_create(
        User(email=f"one{index}@house.example", name=f"One {index}", number=f"F{index}") for index in range(people)
    )
    hands = []
    for _hand in range(HANDS):
        site, hr = SiteFactory(), UserFactory(roles=["hr"])
        requests = [
            StaffingRequest.objects.create(
                site=site,
                position="Fitter",
                headcount=SEATS,
                since=today + timedelta(days=7),
                planned_to=today + timedelta(days=90),
                asked_by=hr,
                asked_at=timezone.now(),
            ).pk
            for _part in range(0, people, SEATS)
        ]
        hands.append((AuthToken.objects.create(hr)[1], requests))
    return [one.pk for one in staff], hands


def decide(base: str, staff: list[int], hands) -> Counter:
    """How often each status came back, and of the refusals which clause they named."""
    import requests

    together = threading.Barrier(HANDS)

    def choose(hand) -> list[str]:
        token, asked = hand
        session = requests.Session()
        session.headers["Authorization"] = f"Token {token}"
        found = []
        for place, person in enumerate(staff):
            together.wait()
            answer = session.post(
                f"{base}/api/v1/staffing-requests/{asked[place // SEATS]}/decide/",
                json={"people": [person], "reason": "Fits"},
                timeout=60,
            )
            clause = answer.json().get("clause", "") if answer.status_code == 422 else ""
            found.append(f"{answer.status_code} {clause}".strip())
        return found

    with ThreadPoolExecutor(HANDS) as pool:
        return Counter(one for found in pool.map(choose, hands) for one in found)


def nobody_is_at_two_places(house: House, people: int, report: Report) -> None:
    from django.db import connection

    from apps.personnel.models import Assignment, Selection

    staff, hands = company(people)
    house.start("web")
    house.wait_for_web()
    answers = decide(f"http://127.0.0.1:{house.port}", staff, hands)
    report.expect("G12", f"answers to {people} people × {HANDS} hands", dict(answers), {
        "200": people, "422 2.1.1": people * (HANDS - 1)
    })  # fmt: skip
    report.expect("G12", "assignments", Assignment.objects.count(), people)
    report.expect("G12", "choices", Selection.objects.count(), people)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM personnel_assignment one JOIN personnel_assignment other
            ON one.person_id = other.person_id AND one.id < other.id
            AND daterange(one.since, one.planned_to, '[]') && daterange(other.since, other.planned_to, '[]')
            """
        )
        report.expect("G12", "overlaps", cursor.fetchone()[0], 0)
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        report.expect("G12", "deadlocks", cursor.fetchone()[0], 0)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--quick", action="store_true", help="the short form that the tests run")
    people = QUICK if words.parse_args().quick else FULL
    return in_house(lambda house, report: nobody_is_at_two_places(house, people, report))


if __name__ == "__main__":
    sys.exit(main())
