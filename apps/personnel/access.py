"""Who stands in which relation to whom: the one place that says who sees people, sites and assignments.

Models stand a shelf above and import this module, so what needs a table imports it inside the function.
"""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.verdicts import YES, Verdict, no, unless
from apps.personnel.roles import Role

EVERYTHING = Q(pk__isnull=False)  # an empty Q would vanish in an "or", and hide all instead of showing it
NOTHING = Q(pk__in=[])


def oversees_all(user) -> bool:
    """HR and executives see every site and person; administrators too, to keep accounts."""
    return user.has_role(Role.HR, Role.EXECUTIVE, Role.ADMINISTRATOR)


def through_site(user, path: str = "site") -> Q:
    """Rows of sites that this person oversees, leads, or whose department they head; not those merely worked at.

    path: the way from the row to its site (`""` when the row is the site).
    """
    return EVERYTHING if oversees_all(user) else steered(user, path)


def steered(user, path: str = "site") -> Q:
    """Rows of sites that this person leads, or whose department they head, whatever their roles."""
    via = f"{path}__" if path else ""
    rule = Q(**{f"{via}lead": user}) | Q(**{f"{via}deputy": user})
    if Role.HEAD in user.role_names:
        rule |= Q(**{f"{via}department__in": headed(user)})
    return rule


def at_site(user, path: str = "site") -> Q:
    """Like `through_site`, and also rows of the sites where this person is stationed today."""
    if oversees_all(user):
        return EVERYTHING
    name = f"{path}__in" if path else "pk__in"
    return through_site(user, path) | Q(**{name: stationed_at(user)})


def affairs(user, path: str = "site") -> Q:
    """Like `through_site`, but not for administrators: keeping accounts needs no word of what is said of people."""
    return EVERYTHING if user.has_role(Role.HR, Role.EXECUTIVE) else steered(user, path)


def headed(user):
    """Departments this person heads, with all below them (ids); asked once for each loaded person."""
    return user.headed_departments


def below(departments: set[int]) -> set[int]:
    """Every department under these (ids)."""
    from apps.personnel.models import Department

    found, fresh = set(), departments
    while fresh:
        fresh = set(Department.objects.filter(parent__in=fresh).values_list("pk", flat=True)) - found
        found |= fresh
    return found


def stationed_at(user):
    """Sites where this person is on site today (a subquery of ids).

    Not before the lead has confirmed the arrival: papers and agreements come before what a client says (4.3.1).
    """
    return _on_site(user).values("site_id")


def _on_site(user):
    from apps.personnel.models import Assignment

    return Assignment.objects.active_on(timezone.localdate()).filter(person=user, status=Assignment.Status.ON_SITE)


def people(user) -> Q:
    """Oneself; those who share a site; those of one's sites and departments; HR and the like: everybody."""
    if oversees_all(user) or user.has_role(Role.FINANCE):
        return EVERYTHING
    from apps.personnel.models import Assignment, Site

    sites = Site.objects.filter(at_site(user, ""))
    colleagues = Assignment.objects.filter(site__in=sites).exclude(status="cancelled").values("person_id")
    rule = Q(pk=user.pk) | Q(pk__in=colleagues) | Q(leads__in=sites) | Q(deputises__in=sites)
    if Role.HEAD in user.role_names:
        rule |= Q(department__in=headed(user))
    return Q(pk__in=_people_ids(rule))


def _people_ids(rule: Q):
    from apps.personnel.models import User

    return User.objects.filter(rule).values("pk")


def sites(user) -> Q:
    return EVERYTHING if user.has_role(Role.FINANCE) else at_site(user, "")


def clients(user) -> Q:
    if oversees_all(user) or user.has_role(Role.FINANCE):
        return EVERYTHING
    from apps.personnel.models import Site

    return Q(pk__in=Site.objects.filter(sites(user)).values("client_id"))


def contacts(user) -> Q:
    """Client contacts of the clients one works for: needed to answer and to meet them."""
    if oversees_all(user):
        return EVERYTHING
    from apps.personnel.models import Site

    return Q(client__in=Site.objects.filter(at_site(user, "")).values("client_id"))


def assignments(user) -> Q:
    return EVERYTHING if user.has_role(Role.FINANCE) else through_site(user) | Q(person=user)


def of_person(user, path: str = "person") -> Q:
    """Rows about a person: for themselves, HR and executives, and those who lead or head where they work or will."""
    if user.has_role(Role.HR, Role.EXECUTIVE):
        return EVERYTHING
    from apps.personnel.models import Assignment, Site

    led = Site.objects.filter(steered(user, ""))
    postings = Assignment.objects.filter(site__in=led, status__in=["planned", "on_site"])
    rule = Q(**{path: user}) | Q(**{f"{path}__in": postings.values("person_id")})
    if Role.HEAD in user.role_names:
        rule |= Q(**{f"{path}__department__in": headed(user)})
    return rule


def qualifications(user) -> Q:
    """Skills, certificates and earlier work: who plans with them sees them."""
    return of_person(user)


def proofs(user) -> Q:
    """Papers that prove who somebody is: the person and HR, nobody else."""
    return EVERYTHING if user.has_role(Role.HR) else Q(person=user)


def acknowledgements(user) -> Q:
    return of_person(user)


def documents(user) -> Q:
    """What is signed at a site: for those who see the site or are going there; what holds everywhere for all."""
    from apps.personnel.models import Assignment, Site

    coming = Assignment.objects.filter(person=user, status__in=["planned", "on_site"]).values("site_id")
    return Q(site=None) | Q(site__in=Site.objects.filter(sites(user))) | Q(site__in=coming)


def staffing_requests(user) -> Q:
    """What a site asks for: who asked, who leads or heads it, HR and executives."""
    return affairs(user) | Q(asked_by=user)


def selections(user) -> Q:
    """What HR saw when it chose compares people: HR and executives only."""
    return EVERYTHING if user.has_role(Role.HR, Role.EXECUTIVE) else NOTHING


def departures(user) -> Q:
    """Why somebody leaves: the person, who leads or heads the site, HR and executives."""
    return affairs(user, "assignment__site") | Q(assignment__person=user) | Q(asked_by=user)


def handovers(user) -> Q:
    """What is handed over: also for whoever takes something over."""
    from apps.personnel.models import HandoverItem

    taken = HandoverItem.objects.filter(successor=user).values("handover_id")
    return affairs(user, "assignment__site") | Q(assignment__person=user) | Q(pk__in=taken)


def absences(user) -> Q:
    """Who stays away without approval: who leads or heads the site, HR and executives."""
    return affairs(user, "assignment__site")


def led_people(user, path: str = "person") -> Q:
    """Rows about oneself and about those whose posting one leads or heads; HR: about everybody."""
    if user.has_role(Role.HR):
        return EVERYTHING
    from apps.personnel.models import Assignment

    rule = Q(site__lead=user) | Q(site__deputy=user)
    if Role.HEAD in user.role_names:
        rule |= Q(site__department__in=headed(user))
    led = Assignment.objects.filter(rule, status__in=["planned", "on_site"])
    return Q(**{path: user}) | Q(**{f"{path}__in": led.values("person_id")})


def training_sessions(user) -> Q:
    """What is held for all sites, for everybody; at a site, for those who see it, take part or teach."""
    from apps.personnel.models import Enrolment, Site

    taking_part = Enrolment.objects.filter(person=user).values("session_id")
    return Q(site=None) | Q(site__in=Site.objects.filter(sites(user))) | Q(trainer=user) | Q(pk__in=taking_part)


def enrolments(user) -> Q:
    """Who takes part and with what result: oneself, whom one leads or heads, whom one teaches; HR and executives."""
    return EVERYTHING if user.has_role(Role.EXECUTIVE) else led_people(user) | Q(session__trainer=user)


def client_trainings(user) -> Q:
    """What a client asks to be trained in: those of the site, its lead and heads, HR and executives."""
    return at_site(user)


def learning_notes(user) -> Q:
    """What somebody learns on their own: they, who leads or heads their site, HR."""
    return led_people(user)


def development(user) -> Q:
    """Talks, goals, promotions and transfers: the person, who leads or heads their site, HR and executives."""
    return EVERYTHING if user.has_role(Role.EXECUTIVE) else led_people(user)


# --- What a page may tell -----------------------------------------------------------------------------
#
# Who does not see some rows is not told that there are none: a page leaves out what these do not allow.


def sees_work_at(user, site) -> bool:
    """Whether what passes between us and the client of a site is for this person's eyes (`at_site` for one site)."""
    return oversees(user, site) or works_at(user, site)


def oversees(user, site) -> bool:
    """Whether this person oversees a site (`through_site` for one site)."""
    return oversees_all(user) or leads(user, site) or heads(user, site)


def oversees_some(user) -> bool:
    """Whether there may be sites that this person oversees."""
    return oversees_all(user) or user.has_role(Role.LEAD, Role.HEAD)


def sees_owed_at(user, site) -> bool:
    """Whether this person sees every promise at a site (`affairs` for one site): keeping accounts needs none."""
    return user.has_role(Role.HR, Role.EXECUTIVE) or leads(user, site) or heads(user, site)


def sees_owed_somewhere(user) -> bool:
    """Whether there may be sites at which this person sees every promise."""
    return user.has_role(Role.HR, Role.EXECUTIVE, Role.LEAD, Role.HEAD)


def sees_postings_of(user, person) -> bool:
    """Whether every assignment of a person is for these eyes."""
    return user == person or oversees_all(user) or user.has_role(Role.FINANCE)


def sees_contacts_of(user, client) -> bool:
    """Whether the people of a client are for these eyes (`contacts` for one client)."""
    return oversees_all(user) or client.sites.filter(at_site(user, "")).exists()


def may_look_at_contacts(user, *_things) -> Verdict:
    """The people on the client's side are for those who work with them."""
    return unless(
        not (oversees_some(user) or user.has_role(Role.STAFF)),
        _("The people on the client's side are shown to those who work with them."),
        remedy=_("Ask the site lead."),
    )


def may_see_board(user, *_things) -> Verdict:
    """Who is where, over the months, is for those who plan with people."""
    return unless(
        not oversees_some(user),
        _("The staffing board is for site leads, department heads and HR."),
        remedy=_("Your own postings stand on your page."),
        clause="2.1.1",
    )


# --- Who may act --------------------------------------------------------------------------------------


def may_manage(user, *_things) -> Verdict:
    """Keeping people, clients, sites and assignments is HR's work."""
    return unless(
        not user.has_role(Role.HR),
        _("Only HR keeps these records."),
        remedy=_("Ask HR to change it."),
        clause="2.1.1",
    )


def may_grant(user, *_things) -> Verdict:
    """Roles and accounts are given by an administrator."""
    return unless(
        not user.has_role(Role.ADMINISTRATOR),
        _("Only an administrator gives roles and closes accounts."),
        remedy=_("Ask an administrator."),
    )


def may_change(user, names) -> Verdict:
    """HR keeps people's records; an administrator changes nothing but the mail address."""
    return YES if set(names) == {"email"} and user.has_role(Role.ADMINISTRATOR) else may_manage(user)


def may_change_address(user, person) -> Verdict:
    """The mail address opens the account: for whoever signs or holds a role an administrator changes it."""
    signs = person.grants.exists() or person.has_role(Role.HEAD, Role.LEAD)
    return unless(
        signs and not user.has_role(Role.ADMINISTRATOR),
        _("%(person)s holds a role, so only an administrator changes this mail address.") % {"person": person},
        remedy=_("Ask an administrator."),
    )


def may_ask_people(user, site) -> Verdict:
    """People are asked for by who leads or heads the site, and by HR."""
    return unless(
        not (user.has_role(Role.HR) or leads(user, site) or heads(user, site)),
        _("People for a site are asked for by its lead, its head or HR."),
        remedy=_("Ask the site lead."),
        clause="2.1.1",
    )


def may_ask_people_somewhere(user) -> Verdict:
    return unless(
        not user.has_role(Role.HR, Role.LEAD, Role.HEAD),
        _("People for a site are asked for by its lead, its head or HR."),
        remedy=_("Ask the site lead."),
        clause="2.1.1",
    )


def may_look_at_staffing(user) -> Verdict:
    """What sites ask for is listed for those who plan with it."""
    return unless(
        not user.has_role(Role.HR, Role.EXECUTIVE, Role.LEAD, Role.HEAD),
        _("Staffing requests are for HR and for those who lead or head a site."),
        clause="2.1.1",
    )


def may_shape(user, request) -> Verdict:
    """A request is changed and closed by those who may ask for people there, and by who asked."""
    return YES if request.asked_by_id == user.pk else may_ask_people(user, request.site)


def may_choose(user, *_things) -> Verdict:
    """Who goes is HR's to decide (2.1.1)."""
    return unless(
        not user.has_role(Role.HR),
        _("Only HR compares candidates and decides who goes."),
        remedy=_("Ask HR."),
        clause="2.1.1",
    )


def may_revise_waiver(user, waiver) -> Verdict:
    """Who asked for it, or HR, answers what was returned."""
    return YES if waiver.asked_by_id == user.pk else may_choose(user)


def may_answer_posting(user, assignment) -> Verdict:
    """Only the person says whether they go."""
    return unless(
        user.pk != assignment.person_id,
        _("Only %(person)s answers this.") % {"person": assignment.person.name},
        clause="2.1.1",
    )


def answers_for_site(user, assignment) -> bool:
    """Its lead, the deputy or a head above; HR only where the site has none of them but whom it is about."""
    site = assignment.site
    others = [one for one in (*site.leads, *site.heads) if one.is_active and one.pk != assignment.person_id]
    return leads(user, site) or heads(user, site) or (user.has_role(Role.HR) and not others)


def may_receive(user, assignment) -> Verdict:
    """The site's lead, the deputy or a head above confirms that somebody else arrived; HR only where there is none."""
    return unless(
        not answers_for_site(user, assignment),
        _("The site lead confirms an arrival, or the department head."),
        remedy=_("Ask the site lead."),
        clause="2.2.1a",
    ) & unless(
        user.pk == assignment.person_id,
        _("Nobody confirms their own arrival."),
        remedy=_("Ask the deputy or the department head."),
        clause="2.2.1a",
    )


def may_report_in(user, assignment) -> Verdict:
    """Whoever is expected says so themselves; the lead may note it for them."""
    return unless(
        user.pk != assignment.person_id,
        _("Only the person reports in; the site lead may note the arrival."),
        remedy=_("Ask the site lead to note the arrival."),
        clause="2.2.1a",
    )


def may_publish(user, site) -> Verdict:
    """What is signed everywhere is HR's to publish; what is signed at a site also its lead's."""
    if user.has_role(Role.HR) or leads(user, site):
        return YES
    if site is None:
        reason, remedy = _("Only HR publishes what holds at all sites."), _("Ask HR.")
    else:
        reason, remedy = _("Only HR or the site lead publishes what is signed at a site."), _("Ask the site lead.")
    return no(reason, remedy=remedy, clause="1.3.1")


def may_publish_somewhere(user) -> Verdict:
    return unless(
        not user.has_role(Role.HR, Role.LEAD),
        _("Only HR or a site lead publishes what is signed at a site."),
        remedy=_("Ask the site lead."),
        clause="1.3.1",
    )


def sees_signatures(user, version) -> bool:
    """Who has signed an edition and who has not is for HR, executives, and those who lead or head its site."""
    if user.has_role(Role.HR, Role.EXECUTIVE):
        return True
    return oversees(user, version.site) if version.site_id else oversees_some(user)


def may_ask_departure(user, assignment) -> Verdict:
    """An early departure is asked for by the person, the site's lead or HR."""
    return unless(
        not (user.pk == assignment.person_id or leads(user, assignment.site) or user.has_role(Role.HR)),
        _("A departure is asked for by the person, the site lead or HR."),
        remedy=_("Ask one of them."),
        clause="2.2.2a",
    )


def may_revise_departure(user, departure) -> Verdict:
    """Who asked, the person or HR answers what was returned, and gives it up."""
    return (
        YES
        if user.pk in (departure.asked_by_id, departure.assignment.person_id)
        else unless(
            not user.has_role(Role.HR),
            _("Only who asked, the person or HR changes this."),
            remedy=_("Ask one of them."),
            clause="2.2.2a",
        )
    )


def may_call_off(user, departure) -> Verdict:
    """That somebody stays after all is HR's to say, for both sides have planned with it."""
    return unless(
        not user.has_role(Role.HR), _("Only HR calls off an approved departure."), remedy=_("Ask HR."), clause="2.2.2a"
    )


def may_speak_for_client(user, departure) -> Verdict:
    """The client's decision is recorded by the site's lead, the deputy or a head above; never by who leaves."""
    assignment = departure.assignment
    return unless(
        user.pk == assignment.person_id,
        _("Nobody records the client's decision about themselves."),
        remedy=_("The deputy or the department head records it."),
        clause="2.2.2a",
    ) & unless(
        not (leads(user, assignment.site) or heads(user, assignment.site)),
        _("The client's decision is recorded by the site lead."),
        remedy=_("Ask the site lead."),
        clause="2.2.2a",
    )


def may_hand_over_posting(user, assignment) -> Verdict:
    """A handover is opened and kept by who leads or heads the site, and by HR; never by who leaves."""
    return unless(
        user.pk == assignment.person_id,
        _("Nobody settles their own handover."),
        remedy=_("The site lead, the deputy or the department head does."),
        clause="2.2.2c",
    ) & unless(
        not (leads(user, assignment.site) or heads(user, assignment.site) or user.has_role(Role.HR)),
        _("A handover is kept by the site lead."),
        remedy=_("Ask the site lead."),
        clause="2.2.2c",
    )


def may_keep_handover(user, handover) -> Verdict:
    return may_hand_over_posting(user, handover.assignment)


def may_sign_off(user, assignment) -> Verdict:
    """The lead signs, the deputy or a head above; HR only where the site has none of them (2.2.2c)."""
    return may_hand_over_posting(user, assignment) & unless(
        not answers_for_site(user, assignment),
        _("The posting ends when the site lead signs."),
        remedy=_("Open the handover; the site lead signs it once everything has a taker."),
        clause="2.2.2c",
    )


def may_sign_handover(user, handover) -> Verdict:
    return may_sign_off(user, handover.assignment)


def may_report_absence(user, assignment) -> Verdict:
    """That somebody is gone is recorded by who leads or heads the site, or by HR."""
    return unless(
        user.pk == assignment.person_id
        or not (leads(user, assignment.site) or heads(user, assignment.site) or user.has_role(Role.HR)),
        _("That somebody is gone is recorded by the site lead, the department head or HR."),
        remedy=_("Tell one of them."),
        clause="2.2.2b",
    )


def may_take_up(user, absence) -> Verdict:
    return may_report_absence(user, absence.assignment)


def may_look_at_departures(user) -> Verdict:
    """Who leaves is listed for those who plan with it."""
    return unless(
        not user.has_role(Role.HR, Role.EXECUTIVE, Role.LEAD, Role.HEAD),
        _("These lists are for HR and for those who lead or head a site."),
        remedy=_("Your own departure stands on the page of your assignment."),
        clause="2.2.2a",
    )


def may_verify(user, proof) -> Verdict:
    """HR checks the papers of others; never one's own (2.2.1b)."""
    return unless(
        not user.has_role(Role.HR), _("Only HR verifies papers."), remedy=_("Ask HR."), clause="2.2.1b"
    ) & unless(
        user.pk == proof.person_id,
        _("Nobody verifies their own papers."),
        remedy=_("Ask somebody else of HR."),
        clause="2.2.1b",
    )


def may_train(user, *_things) -> Verdict:
    """Courses, sessions, enrolments and results are HR's work."""
    return unless(
        not user.has_role(Role.HR),
        _("Trainings are planned and results entered by HR."),
        remedy=_("Ask HR."),
        clause="2.4.1",
    )


def may_mark(user, session) -> Verdict:
    """The attendance list is kept by HR and by the trainer."""
    return unless(
        not (user.has_role(Role.HR) or (session.trainer_id is not None and session.trainer_id == user.pk)),
        _("Only HR and the trainer keep the attendance list."),
        remedy=_("Ask one of them, or scan the code in the room."),
        clause="2.4.1",
    )


def reads_feedback(user, session) -> bool:
    """What people wrote of a training: HR, executives, its trainer, who leads or heads the site, and who was there."""
    if may_mark(user, session) or user.has_role(Role.EXECUTIVE):
        return True
    if session.site is not None and (leads(user, session.site) or heads(user, session.site)):
        return True
    return session.enrolments.present().filter(person=user).exists()


def may_ask_training(user, site) -> Verdict:
    """What a client wants to be trained in is logged by those who work at the site."""
    return unless(
        not belongs_to(user, site),
        _("This is logged by those who work at the site."),
        remedy=_("Ask its site lead to log it."),
        clause="2.4.2",
    )


def may_answer_training(user, *_things) -> Verdict:
    """HR says what will be done for the client, and what came out."""
    return unless(
        not user.has_role(Role.HR),
        _("HR answers what clients want to be trained in."),
        remedy=_("Ask HR."),
        clause="2.4.2",
    )


def may_talk_with(user, person, site) -> Verdict:
    """A development talk is held by who leads or heads the person's site, or by HR; never with oneself."""
    return unless(
        user == person,
        _("A talk has two sides: nobody holds their own."),
        remedy=_("Your site lead or HR holds it with you."),
        clause="2.4.3b",
    ) & unless(
        not (user.has_role(Role.HR) or leads(user, site) or heads(user, site)),
        _("Talks are held by the site lead, the department head or HR."),
        remedy=_("Ask one of them."),
        clause="2.4.3b",
    )


def may_sign_talk(user, talk) -> Verdict:
    """The person signs what was written down."""
    return unless(user.pk != talk.person_id, _("Only the person the talk was held with can sign it."), clause="2.4.3b")


def may_enter_careers(user, *_things) -> Verdict:
    return unless(
        not user.has_role(Role.HR), _("Only HR enters promotions and transfers."), remedy=_("Ask HR."), clause="2.4.3b"
    )


def may_promote(user, person) -> Verdict:
    """Promotions and transfers are entered by HR, and never one's own."""
    return may_enter_careers(user) & unless(
        user == person,
        _("Nobody promotes or transfers themselves."),
        remedy=_("Ask somebody else of HR."),
        clause="2.4.3b",
    )


def may_see_history(user, person) -> Verdict:
    """What happened to an account is for its owner and those who oversee everybody."""
    return unless(
        not (user == person or oversees_all(user)),
        _("The history of an account is for its owner and HR."),
    )


def sees_affairs_of(user, assignment) -> bool:
    """Whether what is said of somebody at a site is for these eyes: objections, absences, departures (`affairs`)."""
    site = assignment.site
    return (
        user.pk == assignment.person_id
        or user.has_role(Role.HR, Role.EXECUTIVE)
        or leads(user, site)
        or heads(user, site)
    )


def sees_record_of(user, person) -> bool:
    """Whether skills, certificates, earlier work and emergency contact are for these eyes (`of_person` for one)."""
    return user == person or user.has_role(Role.HR, Role.EXECUTIVE) or answers_for(user, person)


def answers_for(user, person) -> bool:
    """Leads or heads where somebody works or will, or heads their department."""
    from apps.personnel.models import Assignment

    if person.department_id in headed(user):
        return True
    postings = Assignment.objects.filter(person=person, status__in=["planned", "on_site"])
    return postings.filter(steered(user)).exists()


def may_look_at_qualifications(user, *_things) -> Verdict:
    """Who can do what is listed for those who plan with it."""
    return unless(
        not user.has_role(Role.HR, Role.EXECUTIVE, Role.LEAD, Role.HEAD),
        _("These lists are for HR and for those who lead or head a site."),
        remedy=_("Your own skills and certificates are on your page."),
        clause="2.1.2",
    )


def may_correct_contacts(user, person) -> Verdict:
    """Everybody keeps their own contacts; HR corrects records by the form for that."""
    return unless(
        user != person,
        _("Only %(person)s corrects these contacts here.") % {"person": person.name},
        remedy=_("HR changes them with the record."),
    )


def may_claim(user, person) -> Verdict:
    """What somebody can do they say themselves; others verify it."""
    return unless(
        user != person,
        _("Only %(person)s claims a skill of theirs.") % {"person": person.name},
        remedy=_("Verify the level that you have seen."),
        clause="2.4.3a",
    )


def may_keep_record(user, person) -> Verdict:
    """Certificates and earlier work are entered by the person or by HR."""
    return unless(
        not (user == person or user.has_role(Role.HR)),
        _("Only %(person)s or HR keeps this.") % {"person": person.name},
        remedy=_("Ask HR to change it."),
        clause="2.1.2",
    )


def may_vouch(user, person) -> Verdict:
    """HR, or who leads or heads them, verifies what somebody can do; nobody their own (2.4.3a)."""
    return unless(
        user == person,
        _("Nobody verifies their own skills and certificates."),
        remedy=_("Ask your site lead or HR."),
        clause="2.4.3a",
    ) & unless(
        not (user.has_role(Role.HR) or answers_for(user, person)),
        _("Skills and certificates are verified by HR, or by who leads or heads the person."),
        remedy=_("Ask HR."),
        clause="2.4.3a",
    )


def may_see_identity(user, person) -> Verdict:
    """The number of an identity document is for the person and HR, nobody else (G28)."""
    return unless(
        not (user == person or user.has_role(Role.HR)),
        _("Identity numbers are for their owners and HR."),
        clause="2.2.1b",
    )


def leads(user, site) -> bool:
    return site is not None and user.pk in (site.lead_id, site.deputy_id)


def heads(user, site) -> bool:
    return site is not None and site.department_id in headed(user)


def works_at(user, site) -> bool:
    """Whether this person is on site there today (`stationed_at` for one site)."""
    return _on_site(user).filter(site=site).exists()


def belongs_to(user, site) -> bool:
    """Leads or is stationed at the site."""
    return leads(user, site) or works_at(user, site)
