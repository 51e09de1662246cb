"""Who sees and who acts on the work at a site (chapter 3)."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.verdicts import YES, Verdict, no, unless
from apps.personnel import access as personnel
from apps.personnel.roles import Role

CLEAR = "3.1.2"
EVERYWHERE = (Role.HR, Role.EXECUTIVE)
STEERING = (Role.LEAD, Role.HEAD, *EVERYWHERE)
AT_SITES = (Role.STAFF, *STEERING)


def tasks(user, path: str = "") -> Q:
    """Tasks, by the way from the row to the task: the site's people share its work; others see what is theirs.

    Administrators keep accounts without it.
    """
    if user.has_role(*EVERYWHERE):
        return personnel.EVERYTHING
    from apps.workplans.models import Task

    helped = Task.helpers.through.objects.filter(user=user).values("task_id")
    if reads_much(user):
        via = f"{path}__" if path else ""
        return (
            Q(**{f"{via}site__in": user.steered_sites})
            | Q(**{f"{via}site__in": personnel.stationed_at(user)})
            | Q(**{f"{via}owner": user})
            | Q(**{f"{via}pk__in": helped})
        )
    rows = Task.objects.order_by().values("pk")
    found = rows.filter(personnel.steered(user)).union(  # each by its own index; one OR would read every task there is
        rows.filter(site__in=personnel.stationed_at(user)),
        rows.filter(owner=user),
        helped,
    )
    return Q(**{f"{path or 'pk'}__in": found})


MANY_SITES = 50  # measured on a company of 10,000: from here on it is quicker to read in order than to collect first


def reads_much(user) -> bool:
    """Whether somebody heads so much that a page is full long before all that they see is collected."""
    return Role.HEAD in user.role_names and len(user.steered_sites) > MANY_SITES


def may_look(user, *_things) -> Verdict:
    """The work at sites is for those who do it, lead it or stand above it."""
    return unless(
        not user.has_role(*AT_SITES),
        _("The work at sites is shown to those who do it and those who lead it."),
        remedy=_("Ask the site lead."),
        clause=CLEAR,
    )


def may_look_over(user, *_things) -> Verdict:
    """How work stands site by site is for those who lead or stand above."""
    return unless(
        not user.has_role(*STEERING),
        _("This overview is for site leads, department heads, HR and executives."),
        remedy=_("Your own tasks and reports stand in the lists."),
        clause=CLEAR,
    )


def leads(user, site) -> bool:
    """Leads the site, is its deputy, or heads its department."""
    return personnel.leads(user, site) or personnel.heads(user, site)


def may_assign_at(user, site) -> Verdict:
    """The site lead gives out work (3.1.1)."""
    return unless(
        not leads(user, site),
        _("Work at a site is given out by its lead."),
        remedy=_("Ask the site lead."),
        clause="3.1.1",
    )


def may_assign_somewhere(user) -> Verdict:
    return unless(
        not user.has_role(Role.LEAD, Role.HEAD),
        _("Work at a site is given out by its lead."),
        remedy=_("Ask the site lead."),
        clause="3.1.1",
    )


def may_keep_templates(user, *_things) -> Verdict:
    """Templates of tasks are kept by those who give tasks, and by HR."""
    return unless(
        not user.has_role(Role.LEAD, Role.HEAD, Role.HR),
        _("Task templates are kept by site leads, department heads and HR."),
        remedy=_("Ask your site lead."),
        clause=CLEAR,
    )


def may_steer(user, task) -> Verdict:
    """Changing, accepting and cancelling a task is the site lead's."""
    return may_assign_at(user, task.site)


def may_accept(user, task) -> Verdict:
    """Delivered work is accepted by the lead; never one's own."""
    return may_steer(user, task) & unless(
        user.pk == task.owner_id,
        _("Nobody accepts their own work."),
        remedy=_("The deputy or the department head does."),
        clause=CLEAR,
    )


def may_carry_out(user, task) -> Verdict:
    """Starting and delivering is the owner's."""
    return unless(
        user.pk != task.owner_id,
        _("Only %(person)s, who owns it, does this.") % {"person": task.owner.name},
        remedy=_("Ask %(person)s.") % {"person": task.owner.name},
        clause=CLEAR,
    )


def may_write_plan(user, task) -> Verdict:
    """The owner plans (3.2.1)."""
    return unless(
        user.pk != task.owner_id,
        _("The plan is written by %(person)s, who owns the task.") % {"person": task.owner.name},
        remedy=_("Return it with remarks, or ask the owner."),
        clause="3.2.1",
    )


def may_change_plan(user, plan) -> Verdict:
    return may_write_plan(user, plan.task)


def may_move_step(user, step) -> Verdict:
    """Who is responsible for a step says how far it is; the owner of the task too."""
    return unless(
        user.pk not in (step.responsible_id, step.plan.task.owner_id),
        _("Only %(person)s or the owner of the task says how far this step is.") % {"person": step.responsible.name},
        clause="3.2.3",
    )


def may_own(user, site, day) -> Verdict:
    """Work at a site is owned by somebody stationed there on a day, or who leads it."""
    from apps.personnel.models import Assignment

    here = Assignment.objects.active_on(day).filter(person=user, site=site).exists()
    return unless(
        not user.is_active or not (here or personnel.leads(user, site)),
        _("%(person)s does not work at this site then.") % {"person": user},
        remedy=_("Choose somebody of the site."),
        clause="3.1.1",
    )


# --- About somebody: reports, quality ------------------------------------------------------------------


def of_person(user, path: str = "assignment") -> Q:
    """What somebody reports and how they are judged: they themselves, who leads or heads the site, HR, executives.

    path: the way from the row to the assignment.
    """
    return personnel.affairs(user, f"{path}__site") | Q(**{f"{path}__person": user})


def sees_of(user, assignment) -> bool:
    """`of_person` for one assignment."""
    return user.pk == assignment.person_id or user.has_role(*EVERYWHERE) or leads(user, assignment.site)


def may_judge(user, assignment) -> Verdict:
    """Reports are reviewed and work is judged by who leads the site; never one's own (3.3.3, 3.5)."""
    if user.pk == assignment.person_id:
        return no(_("Nobody reviews their own."), remedy=_("The deputy or the department head does."), clause="3.3.3")
    if leads(user, assignment.site):
        return YES
    return no(_("This is for the site lead."), remedy=_("Ask the site lead."), clause="3.3.3")


def problems(user) -> Q:
    """What stands in the way of work is for those of the site; administrators keep accounts without it."""
    if user.has_role(*EVERYWHERE):
        return personnel.EVERYTHING
    return personnel.affairs(user) | Q(site__in=personnel.stationed_at(user)) | Q(owner=user) | Q(raised_by=user)


def needs(user) -> Q:
    """What a report asks of a department: who sees the report, the people of the department asked, its heads."""
    seen = of_person(user, "report__assignment")
    if user.department_id:
        seen |= Q(department=user.department_id)
    return seen | Q(department__in=personnel.headed(user)) if Role.HEAD in user.role_names else seen


def sees_problems_at(user, site) -> bool:
    """`problems` for one site."""
    return user.has_role(*EVERYWHERE) or leads(user, site) or personnel.works_at(user, site)


def may_raise_problem(user, problem) -> Verdict:
    """Whoever works at the site or answers for it says what stands in the way (3.3.1)."""
    return unless(
        not (personnel.works_at(user, problem.site) or leads(user, problem.site)),
        _("This is for those who work at the site, its lead and its head."),
        remedy=_("Tell the site lead."),
        clause="3.3.1",
    )


def may_settle(user, problem) -> Verdict:
    """A problem at work is handed on and solved by its owner or by who leads the site."""
    return unless(
        user.pk != problem.owner_id and not leads(user, problem.site),
        _("This is for %(person)s, who owns it, and for the site lead.") % {"person": problem.owner.name},
        remedy=_("Ask one of them."),
        clause="3.3.1",
    )


def may_take_up(user, problem) -> Verdict:
    """It is opened again or told to leaders by who raised it, who owns it, or who leads the site."""
    return YES if user.pk == problem.raised_by_id else may_settle(user, problem)


def may_ask_department(user, report) -> Verdict:
    """What is needed is asked by who reports it, who wrote it down, or who leads the site (7.2.1)."""
    return unless(
        user.pk not in (report.assignment.person_id, report.filed_by_id) and not leads(user, report.site),
        _("This is for %(person)s, who reports, and for the site lead.") % {"person": report.assignment.person.name},
        clause="7.2.1",
    )


def may_answer_need(user, need) -> Verdict:
    """People of the department asked, its heads; HR only where nobody is there to answer."""
    department = need.department
    ours = user.department_id == department.pk or department.pk in personnel.headed(user)
    return unless(
        not (ours or (user.has_role(Role.HR) and not any(one.is_active for one in department.heads))),
        _("%(department)s was asked: its people answer.") % {"department": department.name},
        remedy=_("Tell its head what you know."),
        clause="7.2.1",
    )


def may_look_at_needs(user, *_things) -> Verdict:
    """What sites need is for those at sites and for the departments that are asked."""
    return unless(
        not (user.has_role(*AT_SITES) or user.department_id),
        _("What sites need is shown to those who work there and to the departments asked."),
        remedy=_("Ask the site lead."),
        clause="7.2.1",
    )


# --- Quality ------------------------------------------------------------------------------------------


def may_look_at_quality(user, *_things) -> Verdict:
    """How everybody's work is judged is listed for those who lead or stand above; others see their own."""
    return unless(
        not user.has_role(*STEERING),
        _("This overview is for site leads, department heads, HR and executives."),
        remedy=_("Your own assessments stand on your page."),
        clause="3.5.1",
    )


def may_assess(user, assignment) -> Verdict:
    """Work is judged by who leads or heads the site, never one's own (3.5.1)."""
    return unless(
        user.pk == assignment.person_id,
        _("Nobody assesses themselves."),
        remedy=_("The deputy or the department head does."),
        clause="3.5.1",
    ) & unless(
        not leads(user, assignment.site),
        _("The quality of work is assessed by the site lead."),
        remedy=_("Ask the site lead."),
        clause="3.5.1",
    )


def may_state(user, case) -> Verdict:
    """Only the person says how it came."""
    person = case.assignment.person
    return unless(
        user.pk != person.pk,
        _("Only %(person)s gives this statement.") % {"person": person.name},
        clause="3.5.3",
    )


def may_handle(user, case) -> Verdict:
    """A case is decided by who leads or heads the site, never by the person themselves."""
    return unless(
        user.pk == case.assignment.person_id,
        _("Nobody decides about themselves."),
        remedy=_("The deputy or the department head does."),
        clause="3.5.3",
    ) & unless(
        not (leads(user, case.site) or decides_gravely(user, case.site)),
        _("This is decided by the site lead or the department head."),
        remedy=_("Ask the site lead."),
        clause="3.5.3",
    )


def decides_gravely(user, site) -> bool:
    """Whether this person may deduct or transfer: the department's heads; HR where nobody heads it."""
    if personnel.heads(user, site):
        return True
    return user.has_role(Role.HR) and not any(one.is_active for one in site.heads)


def may_decide_gravely(user, case) -> Verdict:
    """A deduction or a transfer is the department head's to decide (3.5.3)."""
    return may_handle(user, case) & unless(
        not decides_gravely(user, case.site),
        _("A deduction or a transfer is decided by the department head."),
        remedy=_("Choose coaching or a waiver, or ask the department head."),
        clause="3.5.3",
    )


# --- Reports ------------------------------------------------------------------------------------------


def may_report(user, assignment) -> Verdict:
    """Everybody reports for themselves; what was said aloud the lead may log as well (3.3.2)."""
    return unless(
        user.pk != assignment.person_id,
        _("Only %(person)s files this report.") % {"person": assignment.person.name},
        remedy=_("The site lead logs what was said aloud."),
        clause="3.3.1",
    )


def may_log_oral(user, assignment) -> Verdict:
    """A spoken report is logged by one of the two between whom it was spoken."""
    return unless(
        not (user.pk == assignment.person_id or leads(user, assignment.site)),
        _("A spoken report is logged by the person or the site lead."),
        remedy=_("Ask one of them."),
        clause="3.3.2",
    )


def may_confirm_oral(user, report) -> Verdict:
    """The other side confirms what was logged, or says that it was not so."""
    assignment = report.assignment
    mine = user.pk == assignment.person_id
    other = leads(user, assignment.site) if report.filed_by_id == assignment.person_id else mine
    return unless(
        not other or user.pk == report.filed_by_id,
        _("The other side confirms this: the person, or the site lead."),
        remedy=_("Ask them to confirm it."),
        clause="3.3.2",
    )


def may_review(user, report) -> Verdict:
    return may_judge(user, report.assignment)


def may_set_rhythm(user, assignment) -> Verdict:
    """How often somebody reports is the site lead's to say (3.3.1)."""
    return unless(
        not leads(user, assignment.site),
        _("How often people report is set by the site lead."),
        remedy=_("Ask the site lead."),
        clause="3.3.1",
    )


def may_read_reports(user, *_things) -> Verdict:
    """The reading flow is for those who lead or head a site."""
    return unless(
        not user.has_role(Role.LEAD, Role.HEAD),
        _("Reports are reviewed by those who lead a site."),
        remedy=_("Your own reports stand in the list."),
        clause="3.3.3",
    )
