"""Who sees and who acts on what passes between us and the client."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.verdicts import YES, Verdict, no, unless
from apps.personnel import access as personnel
from apps.personnel.roles import Role


def visible(user, path: str = "site") -> Q:
    """Those of the site: stationed there today, its leads, its heads; HR and executives everywhere."""
    return personnel.at_site(user, path)


def visible_mail(user) -> Q:
    """The triage list: HR, and leads for mail known to be their site's."""
    if user.has_role(Role.HR, Role.EXECUTIVE):
        return Q()
    return Q(site__isnull=False) & personnel.through_site(user)


def may_work(user, thing) -> Verdict:
    """Answering and logging is the work of those who lead the site or are stationed there."""
    return unless(
        not personnel.belongs_to(user, thing.site),
        _("This is for those who work at the site."),
        remedy=_("Ask its site lead."),
        clause="7.1.2a",
    )


def may_lead(user, thing) -> Verdict:
    """Some decisions are the site lead's or the deputy's, or the department head's."""
    if personnel.leads(user, thing.site) or personnel.heads(user, thing.site):
        return YES
    return no(_("This is for the site lead."), remedy=_("Ask the site lead or the department head."))


def may_assign(user, thing) -> Verdict:
    """Owners are named by those who work at the site, and by its head."""
    worker = may_work(user, thing)
    return worker if worker else may_lead(user, thing) and YES or worker


def may_confirm(user, meeting) -> Verdict:
    """A meeting is confirmed by the lead, for themself or for the client; never by one who claims it alone."""
    return may_lead(user, meeting)


def may_acknowledge(user, problem) -> Verdict:
    """Departments and leaders acknowledge: the head, HR or an executive."""
    if personnel.heads(user, problem.site) or user.has_role(Role.HR, Role.EXECUTIVE):
        return YES
    return no(
        _("A complaint is acknowledged by the department head, HR or an executive."),
        remedy=_("They were told at once."),
        clause="3.4.3",
    )


def may_sort_mail(user, *_things) -> Verdict:
    """Sorting unknown mail is HR's and the leads' work."""
    return unless(
        not user.has_role(Role.HR, Role.LEAD),
        _("Only HR and site leads sort incoming mail."),
        remedy=_("Ask your site lead."),
        clause="7.1.2a",
    )
