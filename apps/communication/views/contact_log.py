"""Pages of the contact log: what was said with whom, and which sites have gone silent (3.4.1)."""

from django.db.models import Exists, OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.communication.actions import contact_log as actions
from apps.communication.forms.at_site import places
from apps.communication.forms.contact_log import ContactLogForm
from apps.communication.models import ContactLog, EnquiryMessage, Meeting
from apps.communication.obligations.contact_log import last_contacts, running, silent
from apps.communication.tables.contact_log import (
    ContactLogFilter,
    ContactLogTable,
    SilenceFilter,
    SilenceTable,
)
from apps.communication.views.subjects import SiteList, moment_given, site_panel
from apps.core.pages import OncePage
from apps.core.verdicts import unless
from apps.personnel import access as personnel
from apps.personnel.models import Site


def may_log(user):
    return unless(
        not places(user).exists(),
        _("Contacts are logged by those who work at a site."),
        remedy=_("Ask its site lead to log it."),
        clause="3.4.1",
    )


def log_action(user) -> dict:
    return {
        "url": reverse("contact_log_new"),
        "label": _("Log a contact"),
        "icon": "plus",
        "verdict": may_log(user),
    }


def sites_of(user):
    """Running sites of whose contacts this person may know."""
    return Site.objects.filter(personnel.at_site(user, "")).running()


class Contacts(SiteList):
    model = ContactLog
    table_class = ContactLogTable
    filterset_class = ContactLogFilter
    template_name = "communication/contact_log_list.html"
    title = _("Contact log")
    subtitle = _("Talks with the client, however they came about.")
    icon = "phone"
    empty = _("Calls, visits and other talks with clients appear here.")

    def get_queryset(self):
        return super().get_queryset().select_related("site", "contact", "person")

    def get_template_names(self):
        names = super().get_template_names()
        return names if names == [self.template_name] else ["components/list_page.html#list"]

    def actions(self, user):
        return [
            {"url": reverse("contact_log_sites"), "label": _("By site"), "icon": "map-pin", "tone": "neutral"},
            log_action(user),
        ]

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "silent": silent(sites_of(self.request.user), timezone.now()).count(),
            "clause_code": "3.4.1",
        }


class ContactSites(SiteList):
    model = Site
    table_class = SilenceTable
    filterset_class = SilenceFilter
    title = _("In touch with each site")
    subtitle = _("When we last heard from the client or they from us, by whatever way.")
    icon = "map-pin"
    empty = _("Sites appear here once they run.")

    def get_queryset(self):
        now = timezone.now()
        clock = running().filter(subject_id=OuterRef("pk"))
        flagged = silent(Site.objects.filter(pk=OuterRef("pk")), now)
        return (
            sites_of(self.request.user)
            .select_related("lead")
            .annotate(
                last_at=Subquery(clock.values("opened_at")[:1]),
                silent_at=Subquery(clock.values("due_at")[:1]),
                flagged=Exists(flagged),
            )
        )

    def get_table_kwargs(self):
        return {**super().get_table_kwargs(), "speakers": last_speakers}

    def actions(self, user):
        return [
            {"url": reverse("contact_log"), "label": _("Contact log"), "icon": "list", "tone": "neutral"},
            log_action(user),
        ]


def last_speakers(sites) -> dict[int, str]:
    """Who of us had the last contact of each site, or who of the client wrote; three queries for all of them."""
    log = (
        ContactLog.objects.filter(site__in=sites)
        .order_by("site_id", "-at")
        .distinct("site_id")
        .select_related("person")
    )
    mail = (
        EnquiryMessage.objects.filter(enquiry__site__in=sites, automatic=False)
        .exclude(direction=EnquiryMessage.Direction.NOTE)
        .order_by("enquiry__site_id", "-at")
        .distinct("enquiry__site_id")
        .select_related("author", "contact", "enquiry")
    )
    met = (
        Meeting.objects.filter(
            site__in=sites, status__in=[Meeting.Status.HELD, Meeting.Status.CONFIRMED], contacts__isnull=False
        )
        .order_by("site_id", "-begins_at")
        .distinct("site_id")
        .select_related("organiser")
    )
    found = [
        *((one.at, one.site_id, str(one.person)) for one in log),
        *((one.at, one.enquiry.site_id, str(one.author or one.contact or one.client_address)) for one in mail),
        *((one.begins_at, one.site_id, str(one.organiser)) for one in met),
    ]
    return {site: name for _at, site, name in sorted(found, key=lambda one: one[0])}


class ContactLogNew(OncePage):
    form_class = ContactLogForm
    title = _("Log a contact")
    button = _("Log it")
    clause = "3.4.1"
    intro = _("A call, a visit, a chat: one sentence is enough.")
    done = _("Logged.")

    def may_open(self, user):
        return may_log(user)

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_initial(self):
        asked = self.request.GET.get("site", "")
        return {"site": int(asked)} if asked.isdecimal() else {}

    def make(self, inputs):
        now = timezone.now()
        moment_given(inputs, "at", now)
        return actions.log_contact(**inputs, by=self.request.user, now=now)


@site_panel(30, "site_tiles")
def site_tile(request, site):
    """How long a site has been silent."""
    clock = running().filter(subject_id=site.pk).first()
    if clock is None:
        return None
    now = timezone.now()
    days = max(0, (now - clock.opened_at).days)
    late = clock.late or clock.due_at < now
    words = ngettext("%(days)s day ago", "%(days)s days ago", days) % {"days": days} if days else gettext("today")
    heard = bool(last_contacts([site], now))
    return "communication/contact_log_tile.html", {
        "value": words if heard else gettext("No contact yet"),
        "tone": "danger" if late else "success" if heard else "neutral",
        "url": f"{reverse('contact_log')}?site={site.pk}",
    }
