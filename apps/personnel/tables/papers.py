"""Lists of site documents, signatures, proofs, and of those whose papers are not complete."""

import django_filters as filters
import django_tables2 as tables
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.lookups import LookupFilter
from apps.core.tables import DayColumn, MomentColumn, PersonColumn, StatusColumn
from apps.core.templatetags import onsite
from apps.core.words import listed
from apps.personnel.models import Acknowledgement, Assignment, DocumentVersion, Proof
from apps.personnel.tables.filters import Searched, visible_people, visible_sites

TITLE = {"td": {"class": "c-title"}}
WIDE = {"td": {"class": "c-wide"}}


# --- Site documents -----------------------------------------------------------------------------------


class DocumentFilter(Searched):
    words_in = ("title", "site__name")
    kind = filters.ChoiceFilter(label=_("Kind of document"), choices=DocumentVersion.Kind)
    site = LookupFilter(label=_("Site"), queryset=visible_sites)
    editions = filters.ChoiceFilter(
        label=_("Editions"),
        choices=[("newest", _("Newest")), ("all", _("All"))],
        method="by_edition",
        empty_label=None,
    )

    class Meta:
        model = DocumentVersion
        fields = ["q", "kind", "site", "editions"]

    def by_edition(self, rows, name, wanted):
        return rows if wanted == "all" else rows.filter(pk__in=DocumentVersion.objects.current().values("pk"))


class DocumentTable(tables.Table):
    title = tables.Column(linkify=True, attrs=TITLE)
    kind = tables.Column()
    site = tables.Column(default=_("All sites"), order_by="site__name_sort")
    number = tables.Column(attrs={"td": {"class": "c-num"}, "th": {"class": "c-num"}})
    published_by = PersonColumn(order_by="published_by__name_sort")
    published_at = MomentColumn()

    class Meta:
        model = DocumentVersion
        fields = ("title", "kind", "site", "number", "published_by", "published_at")
        order_by = "-published_at"

    def value_site(self, record):
        return str(record.site or _("All sites"))


class SignatureFilter(Searched):
    words_in = ("person__name", "person__name_letters", "person__number", "site__name")
    signed = filters.ChoiceFilter(
        label=_("Signed?"), choices=[("no", _("Not yet")), ("yes", _("Signed"))], method="by_signature"
    )
    site = LookupFilter(label=_("Site"), queryset=visible_sites)

    class Meta:
        model = Assignment
        fields = ["q", "signed", "site"]

    def by_signature(self, rows, name, wanted):
        return rows.filter(signed_at__isnull=wanted == "no")


class SignatureTable(tables.Table):
    """Who is asked to sign an edition; rows come with `signed_at` and `signed_name`."""

    person = PersonColumn(verbose_name=_("Person"), order_by="person__name_sort", attrs=TITLE)
    site = tables.Column(order_by="site__name_sort")
    status = StatusColumn()
    signed_at = MomentColumn(verbose_name=_("Signed"), accessor="signed_at", default=_("not yet"))
    signed_name = tables.Column(verbose_name=_("Signed as"), accessor="signed_name", orderable=False, default="–")

    class Meta:
        model = Assignment
        fields = ("person", "site", "status", "signed_at", "signed_name")
        order_by = "signed_at"


class SignedFilter(Searched):
    words_in = ("person__name", "person__name_letters", "person__number", "signed_name")

    class Meta:
        model = Acknowledgement
        fields = ["q"]


class SignedTable(tables.Table):
    """Everybody who ever signed an edition, with the hash of what they signed."""

    person = PersonColumn(verbose_name=_("Person"), order_by="person__name_sort", attrs=TITLE)
    signed_name = tables.Column(verbose_name=_("Signed as"), orderable=False)
    signed_at = MomentColumn(verbose_name=_("Signed"))
    sha256 = tables.Column(verbose_name=_("Hash of the text"), orderable=False, attrs={"td": {"class": "c-break"}})

    class Meta:
        model = Acknowledgement
        fields = ("person", "signed_name", "signed_at", "sha256")
        order_by = "-signed_at"


# --- Proofs -------------------------------------------------------------------------------------------


class ProofFilter(Searched):
    words_in = ("person__name", "person__name_letters", "person__number")
    status = filters.ChoiceFilter(
        label=_("Status"), choices=[*Proof.Status.choices, ("all", _("All"))], method="by_status", empty_label=None
    )
    kind = filters.ChoiceFilter(label=_("Proof of"), choices=Proof.Kind)
    person = LookupFilter(label=_("Person"), queryset=visible_people, typed=True)

    class Meta:
        model = Proof
        fields = ["q", "status", "kind", "person"]

    def by_status(self, rows, name, wanted):
        return rows if wanted == "all" else rows.filter(status=wanted)


class ProofTable(tables.Table):
    person = PersonColumn(linkify=lambda record: record.get_absolute_url(), order_by="person__name_sort", attrs=TITLE)
    kind = tables.Column()
    submitted_at = MomentColumn()
    expires_on = DayColumn()
    decided_by = PersonColumn(order_by="decided_by__name_sort")
    status = StatusColumn()

    class Meta:
        model = Proof
        fields = ("person", "kind", "submitted_at", "expires_on", "decided_by", "status")
        order_by = "submitted_at"


# --- Not complete yet ---------------------------------------------------------------------------------


class IncompleteFilter(Searched):
    words_in = ("person__name", "person__name_letters", "person__number", "site__name")
    site = LookupFilter(label=_("Site"), queryset=visible_sites)
    status = filters.ChoiceFilter(
        label=_("Status"),
        choices=[("planned", _("Planned")), ("on_site", _("On site"))],
    )
    arrival = filters.ChoiceFilter(
        label=_("Arrival"), choices=[("reported", _("Reported in, not confirmed"))], method="by_arrival"
    )

    class Meta:
        model = Assignment
        fields = ["q", "site", "status", "arrival"]

    def by_arrival(self, rows, name, wanted):
        return rows.filter(status=Assignment.Status.PLANNED, reported_at__isnull=False)


class IncompleteTable(tables.Table):
    """Whose papers are not complete, whoever waits longest first; rows come with `missing`.

    lists: `f(assignments)`, their checklists by id; asked once for the rows of a page.
    """

    person = PersonColumn(linkify=lambda record: record.get_absolute_url(), order_by="person__name_sort", attrs=TITLE)
    site = tables.Column(order_by="site__name_sort")
    since = DayColumn(verbose_name=_("First day"))
    missing = tables.Column(verbose_name=_("Missing"), accessor="missing", attrs=WIDE)
    acts = tables.Column(
        verbose_name=_("Who is to act"), accessor="pk", orderable=False, attrs={"td": {"class": "c-acts"}}
    )
    reported_at = MomentColumn()
    status = StatusColumn()

    class Meta:
        model = Assignment
        fields = ("person", "site", "since", "missing", "acts", "reported_at", "status")
        order_by = "since"

    def __init__(self, *args, lists=None, **options):
        self.lists = lists or (lambda assignments: {})
        super().__init__(*args, **options)

    def before_render(self, request):
        self._found = self.lists([row.record for row in self.paginated_rows])

    def _list(self, record):
        if not hasattr(self, "_found"):
            self._found = self.lists(list(self.data))
        return self._found[record.pk]

    def render_missing(self, record):
        return self.value_missing(record)

    def value_missing(self, record):
        return " · ".join(f"{item.name} ({item.state})" for item in self._list(record).missing)

    def render_acts(self, record):
        missing = self._list(record).missing
        names = {
            "person": onsite.badge(gettext("the person"), "info"),
            "hr": onsite.badge(gettext("HR"), "warning"),
        }
        acting = [names[who] for who in names if any(item.who == who for item in missing)]
        return format_html_join(" ", "{}", ([badge] for badge in acting))

    def value_acts(self, record):
        return listed(sorted({item.who_text for item in self._list(record).missing}))
