"""Mail that a person sorts. Late sorting does not shorten the clock: it runs from arrival (7.1.2a)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.communication import access
from apps.communication.actions.enquiries import join, rejoin
from apps.communication.actions.intake import begin, contact_of, keep_files, turn
from apps.communication.mail import read
from apps.communication.models import Enquiry, EnquiryMessage, InboundMail
from apps.core.transitions import record, transition, verb
from apps.core.verdicts import Findings, NotAllowed, PolicyBroken, WrongState, require, unless
from apps.personnel.models import ClientContact, Site

Status = InboundMail.Status
UNSORTED = (Status.TRIAGE, Status.UNREADABLE)
SORTABLE = (*UNSORTED, Status.AUTOMATIC, Status.BOUNCE, Status.DISMISSED)
CLAUSE = "7.1.2a"

OPENED = verb("mail_original_opened", _("Opened the original"))


@transition(SORTABLE, to=Status.FILED, may=access.may_sort_mail, name="mail_filed", text=_("Sorted"))
def file_as_new(
    mail: InboundMail, *, site: Site, by, now: datetime, contact: ClientContact | None = None, contact_name: str = ""
) -> str:
    """Make a letter the question it is. contact_name: enter its sender as a new contact of the site's client.

    Raises: NotAllowed for a site that is not theirs; PolicyBroken beside `contact` or `contact_name`.
    """
    require(access.may_file_at(by, site), NotAllowed)
    require(_not_yet_filed(mail), WrongState)
    contact = contact or _contact_for(mail, site, contact_name.strip())
    require(
        unless(
            contact is not None and contact.client_id != site.client_id,
            _("This person belongs to another client than the site."),
        ),
        field="contact",
    )
    letter = read(bytes(mail.raw.content))
    message = turn(letter, mail.message_id, mail.arrived_at, contact=contact)
    begin(message, letter, site=site, by=by, now=now)
    keep_files(message, letter, now)
    _sorted(mail, message.enquiry, by, now)
    return message.enquiry.number


@transition(SORTABLE, to=Status.FILED, may=access.may_sort_mail, name="mail_filed", text=_("Sorted"))
def file_into(mail: InboundMail, *, enquiry: Enquiry, by, now: datetime) -> str:
    """Add a letter to the question it belongs to; an answered or closed one is opened again.

    What was taken for an automatic reply counts as a person's letter from then on.
    """
    require(access.may_file_at(by, enquiry.site), NotAllowed)
    stored = EnquiryMessage.objects.filter(message_id=mail.message_id).first()
    if stored is not None:
        require(
            unless(
                stored.enquiry_id != enquiry.pk,
                _("It stands in %(number)s already.") % {"number": stored.enquiry.number},
            ),
            field="enquiry",
        )
        rejoin(enquiry, stored, now=now)
    else:
        letter = read(bytes(mail.raw.content))
        message = turn(letter, mail.message_id, mail.arrived_at, contact=contact_of(mail.sender))
        join(enquiry, message, now=now)
        keep_files(message, letter, now)
    _sorted(mail, enquiry, by, now)
    return enquiry.number


@transition(UNSORTED, to=Status.DISMISSED, may=access.may_sort_mail, name="mail_dismissed", text=_("Dismissed"))
def dismiss(mail: InboundMail, *, by, now: datetime, reason: str) -> str:
    """No client waits for an answer to this: advertising, a mistake. The letter stays.

    Raises: PolicyBroken beside `reason`.
    """
    require(
        unless(not reason.strip(), _("Say why nobody needs to answer this."), clause=CLAUSE),
        PolicyBroken,
        field="reason",
    )
    mail.sorted_by, mail.sorted_at = by, now
    return reason.strip()


def open_original(mail: InboundMail, *, by, now: datetime) -> bytes:
    """The letter byte for byte; that somebody opened it is recorded."""
    require(access.may_sort_mail(by, mail), NotAllowed)
    record(mail, OPENED, by=by, now=now)
    return bytes(mail.raw.content)


def _not_yet_filed(mail: InboundMail):
    filed = EnquiryMessage.objects.filter(message_id=mail.message_id).select_related("enquiry").first()
    return unless(
        filed is not None,
        _("It stands in %(number)s already.") % {"number": filed.enquiry.number if filed else ""},
        remedy=_("Add it to that question instead."),
    )


def _contact_for(mail: InboundMail, site: Site, name: str) -> ClientContact | None:
    known = contact_of(mail.sender)
    if known is not None and known.client_id == site.client_id:
        return known
    if not name:
        return None
    findings = Findings()
    findings.check(unless(not mail.sender, _("The letter names no address; leave this empty.")), "contact_name")
    findings.check(unless(known is not None, _("This address belongs to a contact of another client.")), "contact_name")
    findings.check(unless(len(name) > 100 or len(mail.sender) > 254, _("This is too long.")), "contact_name")
    findings.require()
    contact = ClientContact.objects.create(client=site.client, name=name, email=mail.sender)
    contact.sites.add(site)
    return contact


def _sorted(mail: InboundMail, enquiry: Enquiry, by, now: datetime) -> None:
    mail.enquiry, mail.site = enquiry, enquiry.site
    mail.sorted_by, mail.sorted_at = by, now
    mail.reason = ""
