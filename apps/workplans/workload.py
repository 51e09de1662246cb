"""What the lead sees while giving work: how much each person carries, and whether they can do it (3.1.1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.core import parameters
from apps.personnel.calendar import working_days
from apps.personnel.models import PersonSkill, Site, Skill, User
from apps.workplans.models import Task
from apps.workplans.policy.tasks import Work, load


@dataclass(frozen=True)
class SkillFit:
    """A skill that is asked for, and what the person has of it; verified: somebody else has seen it."""

    name: str
    wanted: int
    level: int
    verified: bool

    @property
    def met(self) -> bool:
        return self.level >= self.wanted


@dataclass(frozen=True)
class Offer:
    """Somebody who could own a task: percent of their hours taken without and with it, and their skills for it."""

    person: User
    before: int
    after: int
    skills: list[SkillFit]
    tasks: int

    @property
    def fits(self) -> bool:
        return all(one.met for one in self.skills)


def offers(
    site: Site,
    people: Iterable[User],
    *,
    begins_on: date,
    due_on: date,
    hours: Decimal,
    skills: Mapping[Skill, int],
    without: Task | None = None,
) -> list[Offer]:
    """For each of these people, in a constant number of queries; who fits best and carries least stands first.

    without: a task that is being changed, and not counted as it was.
    """
    people = list(people)
    days = working_days(site, begins_on, due_on)
    a_day = Decimal(parameters.value("workday_hours", on=begins_on))
    carried: dict[int, list[Work]] = {}
    rows = Task.objects.filter(owner__in=people, status__in=Task.UNDELIVERED).order_by()
    if without is not None and without.pk:
        rows = rows.exclude(pk=without.pk)
    for owner, first, last, effort in rows.values_list("owner", "begins_on", "due_on", "hours"):
        carried.setdefault(owner, []).append(Work(first, last, effort))
    held = _held(people, skills)
    new = Work(begins_on, due_on, hours)
    found = [
        Offer(
            person,
            load(carried.get(person.pk, ()), days, a_day),
            load([*carried.get(person.pk, ()), new], days, a_day),
            [_skill(held, person, skill, level) for skill, level in skills.items()],
            sum(work.begins_on <= due_on and work.due_on >= begins_on for work in carried.get(person.pk, ())),
        )
        for person in people
    ]
    return sorted(found, key=lambda one: (not one.fits, one.after, one.person.name_sort))


def _held(people: list[User], skills: Mapping[Skill, int]) -> dict[tuple[int, int], PersonSkill]:
    if not skills:
        return {}
    rows = PersonSkill.objects.filter(person__in=people, skill__in=list(skills))
    return {(one.person_id, one.skill_id): one for one in rows}


def _skill(held, person: User, skill: Skill, wanted: int) -> SkillFit:
    one = held.get((person.pk, skill.pk))
    if one is None:
        return SkillFit(skill.name, wanted, 0, False)
    verified = one.verified_level or 0
    return SkillFit(skill.name, wanted, verified or one.claimed_level or 0, bool(verified))


def fit(task: Task, today: date) -> dict:
    """How a task suits its owner as it is given, kept with it: percent before and with it, skills with levels.

    task.wanted: the skills it asks for. Days that are over no longer count.
    """
    [offer] = offers(
        task.site,
        [task.owner],
        begins_on=max(task.begins_on, min(today, task.due_on)),
        due_on=task.due_on,
        hours=task.hours,
        skills=task.wanted,
        without=task,
    )
    return {
        "load": offer.after,
        "before": offer.before,
        "skills": [[one.name, one.wanted, one.level, one.verified] for one in offer.skills],
    }
