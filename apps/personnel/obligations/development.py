"""The clock of development talks: one with everybody on site, a year after the last or after they came (2.4.3b)."""

from collections.abc import Iterable
from datetime import date, datetime, time

from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core import obligations, parameters
from apps.core.obligations import Obligation, Promise, head, kind, lead, owner
from apps.personnel.models import Assignment, DevelopmentTalk, User
from apps.personnel.policy import development as policy

DEVELOPMENT_TALK = kind(
    "development_talk",
    clause="2.4.3b",
    label=_("Everybody on site has a talk about their development"),
    warn=[owner(before="development_talk_warn_days")],
    breach=[lead(), head()],
    with_lead=True,
)

NO_LONGER_ON_SITE = _("No longer on site.")


@obligations.planner
def plan_talks(now: datetime) -> int:
    """Open the talks that fall due soon, and let go of those with people who are no longer on site."""
    postings = (
        Assignment.objects.active_on(timezone.localdate(now))
        .filter(status=Assignment.Status.ON_SITE)
        .select_related("person", "site__lead", "site__deputy", "site__department__head")
    )
    postings = {posting.person_id: posting for posting in postings}
    _let_go(postings, now)
    return _open(postings.values(), now)


def _open(postings: Iterable[Assignment], now: datetime) -> int:
    people = [posting.person_id for posting in postings]
    talked = dict(
        DevelopmentTalk.objects.filter(person__in=people)
        .values("person")
        .annotate(day=Max("held_on"))
        .values_list("person", "day")
    )
    came = dict(
        Assignment.objects.exclude(status=Assignment.Status.CANCELLED)
        .filter(person__in=people)
        .values("person")
        .annotate(day=Min("since"))
        .values_list("person", "day")
    )
    numbers = parameters.values(timezone.localdate(now), "development_talk_days", "development_talk_warn_days")
    days, warn_days = int(numbers["development_talk_days"]), int(numbers["development_talk_warn_days"])
    promises = []
    for posting in postings:
        person, today = posting.person, now.astimezone(posting.site.zone).date()
        since = talked.get(person.pk) or max(filter(None, [came[person.pk], person.hired_on]))
        due_on = policy.talk_due(since, days, warn_days, today)
        if (due_on - today).days <= warn_days:
            promises.append(_promise(posting, since, due_on, now))
    return obligations.start_many(DEVELOPMENT_TALK, promises, now=now)


def _promise(posting: Assignment, since: date, due_on: date, now: datetime) -> Promise:
    site, person = posting.site, posting.person
    return Promise(
        subject=person,
        title=f"{person.name} · {site.name}",
        url=f"{person.get_absolute_url()}#development",
        opened_at=now,
        due_at=datetime.combine(due_on, time.max, site.zone),
        zone=site.zone,
        period=since.isoformat(),
        person=person,
        site=site,
        owner=next((one for one in (*site.leads, *site.heads) if one != person), None),
    )


def _let_go(postings: dict[int, Assignment], now: datetime) -> None:
    gone = Obligation.objects.kind(DEVELOPMENT_TALK).open().exclude(person__in=list(postings))
    if gone.exists():
        obligations.drop(gone, by=None, now=now, reason=str(NO_LONGER_ON_SITE))


def count(talk: DevelopmentTalk, *, by: User, now: datetime) -> None:
    """A talk was held: what was owed is kept; told after its end it is late."""
    zone = talk.site.zone if talk.site else talk.person.zone
    at = min(now, datetime.combine(talk.held_on, time(12), zone))
    obligations.meet(DEVELOPMENT_TALK, talk.person, by=by, at=at, learned_at=now)
