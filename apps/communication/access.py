"""Who sees and who acts on what passes between us and the client."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.verdicts import YES, Verdict, no, unless
from apps.personnel import access as personnel
from apps.personnel.roles import Role

AT_SITES = (Role.STAFF, Role.LEAD, Role.HEAD, Role.HR, Role.EXECUTIVE, Role.ADMINISTRATOR)


def visible(user, path: str = "site") -> Q:
    """Those of the site: stationed there today, its leads, its heads; HR and executives everywhere."""
    return personnel.at_site(user, path)


def may_look(user, *_things) -> Verdict:
    """What passes between us and clients is for those who work at a site, lead or oversee it."""
    return unless(
        not user.has_role(*AT_SITES),
        _("Your role does not see what passes between us and clients."),
        remedy=_("Ask the site lead or HR for what you need to know."),
    )


def may_look_at_waivers(user, *_things) -> Verdict:
    """Also whoever signs a waiver in somebody's place."""
    from apps.communication.models import MeetingWaiver

    look = may_look(user)
    return YES if not look and MeetingWaiver.objects.visible_to(user).exists() else look


def visible_waivers(user) -> Q:
    """A waiver may tell of an illness: the person, who asked, and those who lead or head the site; not colleagues."""
    return personnel.affairs(user, "assignment__site") | Q(assignment__person=user) | Q(asked_by=user)


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
    return may_lead(user, thing) or may_work(user, thing)


def may_move(user, thing) -> Verdict:
    """What reached the wrong site is put right by HR or by the lead whom it reached."""
    return unless(
        not (user.has_role(Role.HR) or personnel.leads(user, thing.site)),
        _("Only HR or the site lead moves a question to another site."),
        remedy=_("Ask your site lead."),
        clause="7.1.2a",
    )


def may_file_at(user, site) -> Verdict:
    """HR files mail at every site, a lead at their own."""
    return unless(
        not (user.has_role(Role.HR) or personnel.leads(user, site) or personnel.heads(user, site)),
        _("You file mail at the sites you lead."),
        remedy=_("Leave it to HR."),
        clause="7.1.2a",
    )


def may_confirm(user, meeting) -> Verdict:
    """A meeting is confirmed by a lead or head of its site."""
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


def may_give(user, request) -> Verdict:
    """A request is handed on, moved and finished by its owner, or by the lead; without owner by those of the site."""
    if request.owner_id == user.pk:
        return YES
    if request.owner_id is None:
        return may_assign(user, request)
    return unless(
        not may_lead(user, request),
        _("This is for its owner or the site lead."),
        remedy=_("Ask one of them."),
        clause="1.3.2",
    )


def may_own(user, thing) -> Verdict:
    """What a client asks for is owned by somebody who works at the site or leads it."""
    return unless(
        not (user.is_active and personnel.belongs_to(user, thing.site)),
        _("%(person)s does not work at this site.") % {"person": user},
        remedy=_("Choose somebody of the site."),
        clause="1.3.2",
    )


def of_client(contact, site) -> Verdict:
    """The client's side is spoken for by somebody of that client."""
    return unless(
        contact.client_id != site.client_id,
        _("%(contact)s does not work for the client of this site.") % {"contact": contact},
        remedy=_("Choose one of its contacts."),
    )


def may_revise(user, thing) -> Verdict:
    """Whoever asked for a signature, or the site lead, answers what was returned."""
    asked_by = getattr(thing, "proposed_by_id", None) or getattr(thing, "asked_by_id", None)
    if asked_by == user.pk:
        return YES
    return may_lead(user, thing)


def for_company(user, problem) -> bool:
    """Stands for the departments and leaders: the head, HR or an executive."""
    return personnel.heads(user, problem.site) or user.has_role(Role.HR, Role.EXECUTIVE)


def for_site(user, problem) -> bool:
    """Stands for the site: its lead or deputy."""
    return personnel.leads(user, problem.site)


def may_raise(user, problem) -> Verdict:
    """Whoever works at the site or answers for it may raise a complaint or a major problem."""
    return unless(
        not (for_company(user, problem) or personnel.belongs_to(user, problem.site)),
        _("This is for those who work at the site, its head, HR and executives."),
        remedy=_("Ask its site lead."),
        clause="3.4.3",
    )


def may_plan(user, problem) -> Verdict:
    """The joint plan is written, signed and closed by the two sides that carry it."""
    return unless(
        not (for_company(user, problem) or for_site(user, problem)),
        _("The joint plan is for the site lead and the department head, HR or an executive."),
        remedy=_("Tell them what you know."),
        clause="3.4.3",
    )


def may_change_meeting(user, meeting) -> Verdict:
    """Its organiser, those of us who take part, and the site lead."""
    if meeting.organiser_id == user.pk or meeting.staff.filter(pk=user.pk).exists():
        return YES
    return unless(
        not may_lead(user, meeting),
        _("This is for those of us who take part, and for the site lead."),
        remedy=_("Ask the organiser."),
        clause="7.1.1",
    )


def may_ask_waiver(user, waiver) -> Verdict:
    """For oneself, for one's people, or as HR."""
    if waiver.assignment.person_id == user.pk or user.has_role(Role.HR) or may_lead(user, waiver):
        return YES
    return no(
        _("A waiver is asked for by the person, the site lead or HR."), remedy=_("Ask one of them."), clause="7.1.1"
    )


def may_forecast(user, *_things) -> Verdict:
    """Who will miss the month is shown to those who can still change it."""
    return unless(
        not user.has_role(Role.LEAD, Role.HEAD, Role.HR, Role.EXECUTIVE),
        _("This list is for site leads, department heads and HR."),
        remedy=_("Your own month stands on your home page."),
        clause="7.1.1",
    )


def sites_to_work(user) -> Q:
    """Sites (as `Q` over them) where this person may log and plan: stationed, leading or heading."""
    rule = Q(lead=user) | Q(deputy=user) | Q(pk__in=personnel.stationed_at(user))
    if Role.HEAD in user.role_names:
        rule |= Q(department__in=personnel.headed(user))
    return rule & Q(active=True)


def people_of(site, day) -> Q:
    """People (as `Q` over them) who are stationed at a site on a day, lead it or head it."""
    from apps.personnel.models import Assignment

    stationed = Assignment.objects.active_on(day).filter(site=site).values("person_id")
    names = [pk for pk in (site.lead_id, site.deputy_id, *(one.pk for one in site.heads)) if pk]
    return Q(pk__in=stationed) | Q(pk__in=names)


def of_site(enquiry, site) -> Verdict:
    """Whether an enquiry, if one is named, came to this site."""
    return unless(
        enquiry is not None and enquiry.site_id != site.pk,
        _("This enquiry belongs to another site."),
        remedy=_("Choose one of this site, or none."),
    )
