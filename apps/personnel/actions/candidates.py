"""Who fits a staffing request, in order, with the reason per requirement (2.1.1, 2.1.2).

The same number of queries for ten people and for ten thousand: facts come in sets, the rules are Python.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.personnel.cities import distance
from apps.personnel.models import (
    Assignment,
    Certificate,
    Department,
    Departure,
    PersonSkill,
    QualificationWaiver,
    Requirement,
    RoleGrant,
    Site,
    StaffingRequest,
    User,
)
from apps.personnel.policy.staffing import Answer, Paper, certificate_answer, skill_answer, waiver_covers
from apps.personnel.roles import Role

YEAR = timedelta(days=365)
FAR = 100_000  # further than any city: where the way is not known
FITS, BLOCKED, IN_OFFICE = range(3)


@dataclass(frozen=True)
class Reply:
    """What one person answers to one requirement, with the values that say so."""

    requirement: int
    what: str
    mandatory: bool
    answer: Answer
    verified: int | None = None
    claimed: int | None = None
    expires_on: date | None = None
    of_skill: bool = True
    waiver: int | None = None
    waived_until: date | None = None
    asked: int | None = None  # a waiver that is not signed yet

    @property
    def missing(self) -> bool:
        return self.mandatory and not self.answer.opens

    @property
    def tone(self) -> str:
        if self.answer.opens:
            return "success" if self.answer == Answer.MET else "warning"
        return "danger" if self.mandatory else "neutral"

    @property
    def icon(self) -> str:
        return {"met": "check", "waived": "shield-check", "expires": "hourglass", "claimed": "help-circle"}.get(
            self.answer, "x"
        )

    @property
    def reason(self) -> str:
        """Why it is answered so, in a few words."""
        words = self._skill_words() if self.of_skill else self._paper_words()
        if self.waived_until is None:
            return words
        waived = _("waived until %(day)s") % {"day": date_format(self.waived_until, "SHORT_DATE_FORMAT")}
        return f"{words} · {waived}"

    def _skill_words(self) -> str:
        if self.verified is None and self.claimed is None:
            return _("nothing entered")
        if self.verified is None:
            return _("claims level %(level)s, nobody has verified it") % {"level": self.claimed}
        if self.claimed is not None and self.claimed > self.verified:
            return _("verified at level %(level)s, claims %(claimed)s") % {
                "level": self.verified,
                "claimed": self.claimed,
            }
        return _("verified at level %(level)s") % {"level": self.verified}

    def _paper_words(self) -> str:
        if self.answer == Answer.NOT_MET and self.expires_on is None:
            return _("none that is valid then")
        if self.expires_on is None:
            return _("does not run out") if self.answer != Answer.CLAIMED else _("nobody has verified it")
        day = {"day": date_format(self.expires_on, "SHORT_DATE_FORMAT")}
        if self.answer == Answer.CLAIMED:
            return _("valid until %(day)s, nobody has verified it") % day
        if self.answer == Answer.EXPIRES:
            return _("runs out on %(day)s, before the planned end") % day
        return _("valid until %(day)s") % day


@dataclass(frozen=True)
class Stay:
    """A posting of somebody: where, and its days; no `until` is an open end."""

    site: str
    since: date
    until: date | None


@dataclass(frozen=True)
class Candidate:
    """Somebody as HR sees them beside a request; the same for the page and for what is frozen."""

    person: int
    name: str
    number: str
    title: str
    home_city: str
    rank: int
    replies: tuple[Reply, ...]
    taken: Stay | None
    current: Stay | None
    km: int | None
    days: int
    objected: bool = False  # to this very request, before
    offices: tuple[str, ...] = ()  # what they do here instead of being sent: a role by grant, a department, a site

    @property
    def offices_text(self) -> str:
        return " · ".join(str(Role(one).label) for one in self.offices)

    @property
    def missing(self) -> list[Reply]:
        return [one for one in self.replies if one.missing]

    @property
    def waived(self) -> list[Reply]:
        return [one for one in self.replies if one.waiver is not None and one.answer == Answer.WAIVED]

    @property
    def eligible(self) -> bool:
        return not self.missing and self.taken is None

    @property
    def met(self) -> int:
        return sum(one.answer.opens for one in self.replies)

    @property
    def wished(self) -> int:
        return sum(one.answer == Answer.MET for one in self.replies if not one.mandatory)

    def frozen(self) -> dict:
        """As it stays in a selection."""
        return _plain(asdict(self))

    @classmethod
    def thawed(cls, kept: dict) -> "Candidate":
        replies = tuple(
            Reply(**one | {"answer": Answer(one["answer"])} | _days(one, "expires_on", "waived_until"))
            for one in kept["replies"]
        )
        stays = {
            name: Stay(**kept[name] | _days(kept[name], "since", "until")) if kept[name] else None
            for name in ("taken", "current")
        }
        return cls(**kept | stays | {"replies": replies, "offices": tuple(kept.get("offices", ()))})


def _plain(value):
    """Days as words, so that JSON can keep them."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def _days(kept: dict, *names: str) -> dict:
    return {name: date.fromisoformat(kept[name]) if kept[name] else None for name in names}


@dataclass
class _Facts:
    """What is known of many people, by person."""

    skills: dict = field(default_factory=dict)  # (person, skill) -> (verified, claimed)
    papers: dict = field(default_factory=lambda: defaultdict(list))  # (person, kind) -> papers
    waivers: dict = field(default_factory=dict)  # (person, requirement) -> (id, until)
    asked: dict = field(default_factory=dict)  # (person, requirement) -> id of a waiver that is not signed yet
    objected: set = field(default_factory=set)
    stays: dict = field(default_factory=lambda: defaultdict(list))  # person -> stays with whether they count as worked
    offices: dict = field(default_factory=lambda: defaultdict(set))  # person -> roles that keep them where they are


class Ranking:
    """Everybody in the order in which they fit a request; details for those that are looked at.

    people: only these (ids); words: only whose name, number or pinyin fits; days: others than the request's;
    besides: a posting that does not count as taking their days.
    """

    def __init__(
        self,
        request: StaffingRequest,
        *,
        today: date,
        people: Collection[int] | None = None,
        days: tuple[date, date | None] | None = None,
        besides: int | None = None,
        words: str = "",
    ):
        self.request, self.today, self.besides = request, today, besides
        self.since, self.planned_to = days or (request.since, request.planned_to)
        self.requirements: list[Requirement] = list(request.requirements.select_related("skill", "certificate"))
        rows = User.objects.filter(is_active=True) if people is None else User.objects.filter(pk__in=people)
        if words.strip():
            rows = rows.search(words)
        if people is None:
            chosen = Assignment.objects.filter(selection__request=request).exclude(status="cancelled")
            leaving = Departure.objects.out_of_company()
            if self.planned_to is not None:
                leaving = leaving.filter(last_day__lt=self.planned_to)
            rows = rows.exclude(pk__in=chosen.values("person_id")).exclude(pk__in=leaving.values("assignment__person"))
        self.people = list(rows.values_list("pk", "name", "number", "title", "home_city", "name_sort"))
        self.facts = self._facts(None if people is None and not words else [row[0] for row in self.people])
        self._way: dict[str, int | None] = {}
        keyed = sorted((self._key(row), place) for place, row in enumerate(self.people))
        self.order = [place for _key, place in keyed]
        self.fitting = sum(key[0] == FITS for key, _place in keyed)

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, part: slice) -> list[Candidate]:
        start = part.indices(len(self.order))[0]
        return [self._candidate(self.people[place], rank) for rank, place in enumerate(self.order[part], start + 1)]

    def of(self, people: Collection[int]) -> list[Candidate]:
        """These people, with the rank they have among all."""
        return [
            self._candidate(self.people[place], rank)
            for rank, place in enumerate(self.order, 1)
            if self.people[place][0] in people
        ]

    def _facts(self, people: Collection[int] | None) -> _Facts:
        only = Q() if people is None else Q(person__in=people)
        facts = _Facts()
        skills = [one.skill_id for one in self.requirements if one.skill_id]
        for person, skill, verified, claimed in PersonSkill.objects.filter(only, skill__in=skills).values_list(
            "person_id", "skill_id", "verified_level", "claimed_level"
        ):
            facts.skills[person, skill] = verified, claimed
        kinds = [one.certificate_id for one in self.requirements if one.certificate_id]
        papers = Certificate.objects.filter(only, kind__in=kinds, withdrawn_at=None)
        for person, kind, issued_on, expires_on, verified_by in papers.values_list(
            "person_id", "kind_id", "issued_on", "expires_on", "verified_by_id"
        ):
            facts.papers[person, kind].append(Paper(issued_on, expires_on, verified_by is not None))
        waivers = QualificationWaiver.objects.filter(
            only, request=self.request, status__in=["approved", "in_review", "returned"]
        ).order_by("until")
        for person, requirement, until, pk, status in waivers.values_list(
            "person_id", "requirement_id", "until", "pk", "status"
        ):
            if status == "approved":
                facts.waivers[person, requirement] = pk, until
            else:
                facts.asked[person, requirement] = pk
        stays = (
            Assignment.objects.filter(only)
            .exclude(status="cancelled")
            .exclude(pk=self.besides)
            .annotate(until=Coalesce("ended_on", "planned_to"))
            .filter(Q(until=None) | Q(until__gte=min(self.today - YEAR, self.since)))
            .order_by("since")
        )
        for person, site, since, until, status in stays.values_list(
            "person_id", "site__name", "since", "until", "status"
        ):
            facts.stays[person].append((Stay(site, since, until), status != "planned"))
        facts.objected.update(
            Assignment.objects.filter(
                only, selection__request=self.request, answer=Assignment.Answer.OBJECTED
            ).values_list("person_id", flat=True)
        )
        for person, role in offices():
            facts.offices[person].add(role)
        return facts

    def _taken(self, person: int) -> Stay | None:
        """The first posting that shares a day with the days asked for."""
        for stay, _worked in self.facts.stays.get(person, ()):
            ends_before = stay.until is not None and stay.until < self.since
            begins_after = self.planned_to is not None and stay.since > self.planned_to
            if not ends_before and not begins_after:
                return stay
        return None

    def _load(self, person: int) -> int:
        """Days on site in the last twelve months."""
        first, last = self.today - YEAR + timedelta(days=1), self.today
        return sum(
            max(0, (min(stay.until or last, last) - max(stay.since, first)).days + 1)
            for stay, worked in self.facts.stays.get(person, ())
            if worked
        )

    def _km(self, city: str) -> int | None:
        if city not in self._way:
            self._way[city] = distance(city, self.request.site.city)
        return self._way[city]

    def _key(self, row) -> tuple:
        """Who may go at once first; then by what is missing, wishes met, the way from home, rest deserved, name.

        Whoever has an office to fill comes last of all: they are chosen on purpose or not at all.
        """
        pk, *_known, city, name_sort = row
        missing = wished = 0
        for one in self.requirements:
            answer = self._reply(pk, one)[0]
            missing += one.mandatory and not answer.opens
            wished += not one.mandatory and answer == Answer.MET
        taken = self._taken(pk) is not None
        km = self._km(city)
        group = IN_OFFICE if pk in self.facts.offices else BLOCKED if missing or taken else FITS
        return group, missing, taken, -wished, FAR if km is None else km, self._load(pk), name_sort, pk

    def _reply(self, person: int, requirement: Requirement) -> tuple[Answer, dict]:
        if requirement.skill_id:
            verified, claimed = self.facts.skills.get((person, requirement.skill_id), (None, None))
            answer = skill_answer(requirement.level, verified, claimed)
            values = {"verified": verified, "claimed": claimed}
        else:
            papers = self.facts.papers.get((person, requirement.certificate_id), ())
            answer, paper = certificate_answer(papers, self.since, self.planned_to)
            values = {"expires_on": paper.expires_on if paper else None, "of_skill": False}
        waiver = self.facts.waivers.get((person, requirement.pk))
        if waiver and answer != Answer.MET:
            values |= {"waiver": waiver[0], "waived_until": waiver[1]}
            if waiver_covers(waiver[1], self.planned_to):
                answer = Answer.WAIVED
        if answer not in (Answer.MET, Answer.WAIVED):
            values["asked"] = self.facts.asked.get((person, requirement.pk))
        return answer, values

    def _candidate(self, row, rank: int) -> Candidate:
        pk, name, number, title, city, _sort = row
        replies = []
        for one in self.requirements:
            answer, values = self._reply(pk, one)
            replies.append(Reply(one.pk, str(one), one.mandatory, answer, **values))
        stays = [stay for stay, _worked in self.facts.stays.get(pk, ())]
        current = (one for one in stays if one.since <= self.today and (one.until is None or one.until >= self.today))
        return Candidate(
            person=pk,
            name=name,
            number=number or "",
            title=title,
            home_city=city,
            rank=rank,
            replies=tuple(replies),
            taken=self._taken(pk),
            current=next(current, None),
            km=self._km(city),
            days=self._load(pk),
            objected=pk in self.facts.objected,
            offices=tuple(one for one in Role.values if one in self.facts.offices.get(pk, ())),
        )


def offices() -> Iterable[tuple[int, str]]:
    """People whose work is here, with the role that says so: by grant, heading a department, leading a site."""
    headed = Department.objects.exclude(head=None).values_list("head_id", Value(Role.HEAD.value))
    running = Site.objects.filter(active=True)
    led = running.exclude(lead=None).values_list("lead_id", Value(Role.LEAD.value))
    deputised = running.exclude(deputy=None).values_list("deputy_id", Value(Role.LEAD.value))
    return RoleGrant.objects.values_list("user_id", "role").union(headed, led, deputised)


def today_at(request: StaffingRequest, now: datetime) -> date:
    return now.astimezone(request.site.zone).date()
