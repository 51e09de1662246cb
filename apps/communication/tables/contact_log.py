"""The contact log, and the sites by how long they have been silent."""

import django_filters as filters
import django_tables2 as tables
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.communication.models import ContactLog
from apps.core.forms import DayInput
from apps.core.lookups import LookupFilter
from apps.core.tables import MomentColumn, PersonColumn
from apps.core.templatetags import onsite
from apps.personnel.models import Site
from apps.personnel.tables.filters import visible_sites

TITLE = {"td": {"class": "c-title"}}


class ContactLogFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("What about, who"), method="by_words")
    site = LookupFilter(label=_("Site"), queryset=visible_sites)
    mode = filters.ChoiceFilter(label=_("How"), choices=ContactLog.Mode.choices)
    since = filters.DateFilter(label=_("From"), field_name="at", lookup_expr="date__gte", widget=DayInput)
    until = filters.DateFilter(label=_("To"), field_name="at", lookup_expr="date__lte", widget=DayInput)

    class Meta:
        model = ContactLog
        fields = ["q", "site", "mode", "since", "until"]

    def by_words(self, rows, name, words):
        words = words.strip()
        return rows.filter(
            Q(summary__icontains=words) | Q(contact__name__icontains=words) | Q(person__name__icontains=words)
        )


class ContactLogTable(tables.Table):
    """Contacts, the newest first."""

    contact = tables.Column(verbose_name=_("Of the client"), attrs=TITLE, order_by="contact__name_sort")
    at = MomentColumn(verbose_name=_("When"))
    mode = tables.Column(verbose_name=_("How"))
    summary = tables.Column(verbose_name=_("What about"), orderable=False, attrs={"td": {"class": "c-wide"}})
    person = PersonColumn(verbose_name=_("Our person"), order_by="person__name_sort")
    site = tables.Column(verbose_name=_("Site"), order_by="site__name_sort")

    class Meta:
        model = ContactLog
        fields = ("contact", "at", "mode", "summary", "person", "site")
        order_by = "-at"


class SilenceFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Site"), method="by_words")
    silent = filters.ChoiceFilter(
        label=_("In touch?"),
        choices=[("yes", _("Silent for too long")), ("no", _("In touch"))],
        method="by_silence",
    )

    class Meta:
        model = Site
        fields = ["q", "silent"]

    def by_words(self, rows, name, words):
        return rows.filter(Q(name__icontains=words.strip()) | Q(code__icontains=words.strip()))

    def by_silence(self, rows, name, wanted):
        return rows.filter(flagged=wanted == "yes")


class SilenceTable(tables.Table):
    """Sites, the longest silent first; rows come with `last_at`, `silent_at` (when the flag rises) and `flagged`."""

    name = tables.Column(verbose_name=_("Site"), linkify=True, attrs=TITLE)
    last_at = MomentColumn(verbose_name=_("Last contact"))
    last_by = tables.Column(verbose_name=_("By whom"), accessor="pk", orderable=False)
    silent_at = MomentColumn(verbose_name=_("Next contact by"))
    lead = PersonColumn(verbose_name=_("Site lead"), order_by="lead__name_sort")
    flagged = tables.Column(verbose_name=_("Status"), attrs={"td": {"class": "c-status"}})

    class Meta:
        model = Site
        fields = ("name", "last_at", "last_by", "silent_at", "lead", "flagged")
        order_by = "silent_at"

    def __init__(self, *args, speakers=None, **options):
        self.speakers = speakers or (lambda sites: {})
        super().__init__(*args, **options)

    def before_render(self, request):
        """Ask once, for the sites of this page, who spoke last."""
        self._spoke = self.speakers([row.record for row in self.paginated_rows])

    def spoke(self, record) -> str:
        """Who spoke last at a site; nothing where nobody did yet and the clock runs from the opening."""
        if not hasattr(self, "_spoke"):
            self._spoke = self.speakers(list(self.data))
        return self._spoke.get(record.pk, "")

    def render_last_at(self, record, value):
        return onsite.moment(value if self.spoke(record) else None)

    def value_last_at(self, record, value):
        return value if self.spoke(record) else None

    def render_last_by(self, record):
        return self.spoke(record) or "–"

    def value_last_by(self, record):
        return self.spoke(record)

    def render_silent_at(self, value):
        return onsite.due(value)

    def value_silent_at(self, value):
        return value

    def render_flagged(self, record, value):
        tone = "danger" if value else "success" if self.spoke(record) else "neutral"
        return onsite.badge(self.value_flagged(record, value), tone)

    def value_flagged(self, record, value):
        if value:
            return gettext("Silent")
        return gettext("In touch") if self.spoke(record) else gettext("No contact yet")
