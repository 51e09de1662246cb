"""What forms about a site share: which sites a person works for, and who of the client may be named."""

from apps.communication import access
from apps.communication.forms.enquiries import ContactChoice, SiteChoice
from apps.core.forms import OnceForm
from apps.personnel.models import ClientContact, Site


def places(user):
    """Running sites where a person is stationed, or that they lead or head."""
    return Site.objects.filter(access.sites_to_work(user)).select_related("client")


def contacts_of(clients):
    """Who of these clients can be named, by client and name."""
    return (
        ClientContact.objects.filter(client__in=clients, active=True)
        .select_related("client")
        .order_by("client__name_sort", "name_sort")
    )


class AtSiteForm(OnceForm):
    """Begins with the site and with who of the client it is about."""

    site = SiteChoice()
    contact = ContactChoice()

    def __init__(self, *args, user, sites=None, **options):
        sites = places(user) if sites is None else sites
        options["initial"] = {"site": sites.first(), **(options.get("initial") or {})}
        super().__init__(*args, **options)
        self.fields["site"].queryset = sites
        self.fields["contact"].queryset = contacts_of(sites.values("client"))
