"""Filters of the core's lists."""

from datetime import timedelta

import django_filters as filters
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.lookups import LookupFilter
from apps.core.notifications import Channel, Delivery
from apps.core.obligations import KINDS, Obligation

MOST_OWNERS = 500


def visible_sites(request):
    sites = Obligation._meta.get_field("site").related_model.objects
    return sites.visible_to(request.user) if request else sites.none()


class ObligationFilter(filters.FilterSet):
    """Mine and open unless told otherwise (see `views.obligations`)."""

    q = filters.CharFilter(label=_("Search"), method="by_words")
    whose = filters.ChoiceFilter(
        label=_("Owner"), choices=[("mine", _("Mine")), ("all", _("Everybody's"))], method="by_owner", empty_label=None
    )
    status = filters.ChoiceFilter(
        label=_("Status"),
        choices=[*Obligation.Status.choices, ("any", _("Any status"))],
        method="by_status",
        empty_label=None,
    )
    kind = filters.ChoiceFilter(
        label=_("Promise"),
        choices=lambda: [(one.key, one.label) for one in KINDS.values()],
        empty_label=_("Any promise"),
    )
    site = LookupFilter(label=_("Site"), queryset=visible_sites)
    late = filters.ChoiceFilter(
        label=_("In time?"),
        choices=[("late", _("Late, now or ever")), ("soon", _("Due within a day"))],
        method="by_lateness",
        empty_label=_("In time or late"),
    )

    class Meta:
        model = Obligation
        fields = ["q", "whose", "status", "kind", "site", "late"]

    def by_words(self, rows, name, words):
        # The ids first: each part of the "or" then finds its rows by an index.
        owners = list(get_user_model().objects.filter(name__icontains=words).values_list("pk", flat=True)[:MOST_OWNERS])
        return rows.filter(Q(title__icontains=words) | Q(owner__in=owners))

    def by_owner(self, rows, name, whose):
        return rows.of(self.request.user) if whose == "mine" else rows

    def by_status(self, rows, name, status):
        return rows if status == "any" else rows.filter(status=status)

    def by_lateness(self, rows, name, wanted):
        now = timezone.now()
        if wanted == "soon":
            return rows.open().filter(due_at__gte=now, due_at__lt=now + timedelta(days=1))
        return rows.ever_late(now)


class DeliveryFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Search"), method="by_words")
    status = filters.ChoiceFilter(
        label=_("Status"),
        choices=[("unsent", _("Not sent")), *Delivery.Status.choices],
        method="by_status",
        empty_label=None,
    )
    channel = filters.ChoiceFilter(label=_("Channel"), choices=Channel.choices, empty_label=_("Any channel"))

    class Meta:
        model = Delivery
        fields = ["q", "status", "channel"]

    def by_words(self, rows, name, words):
        return rows.filter(
            Q(notification__person__name__icontains=words)
            | Q(notification__person__email__icontains=words)
            | Q(error__icontains=words)
        )

    def by_status(self, rows, name, status):
        return rows.exclude(status=Delivery.Status.SENT) if status == "unsent" else rows.filter(status=status)
