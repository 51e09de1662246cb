"""Notices: reading them, and for administrators what could not leave the house."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from apps.core import delivery
from apps.core.filters import DeliveryFilter
from apps.core.notifications import Delivery, Notification, mark_read
from apps.core.tables import DeliveryTable
from apps.core.verdicts import NotAllowed, require, unless
from apps.core.web import ListPage


def notices(request):
    rows = Notification.objects.of(request.user).select_related("person")
    unread = request.GET.get("tab") == "unread"
    page = Paginator(rows.unread() if unread else rows, 25).get_page(request.GET.get("page"))
    return render(request, "core/notifications.html", {"page": page, "unread_only": unread})


@require_POST
def notice_open(request, pk):
    """Mark a notice as read and go where it leads."""
    notice = get_object_or_404(Notification.objects.of(request.user), pk=pk)
    mark_read(request.user, [notice.pk])
    safe = url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None)
    return redirect(notice.url if notice.url and safe else "notifications")


@require_POST
def notices_read(request):
    mark_read(request.user)
    return redirect("notifications")


# --- Deliveries -----------------------------------------------------------------------------------------


def may_tend(user):
    return unless(
        not user.has_role("administrator"),
        gettext_lazy("Only an administrator looks after what is sent."),
        remedy=gettext_lazy("Your own notices are under the bell."),
    )


class Deliveries(ListPage):
    """What waits or failed, unless the address asks for more."""

    model = Delivery
    table_class = DeliveryTable
    filterset_class = DeliveryFilter
    title = gettext_lazy("Deliveries")
    subtitle = gettext_lazy("Mail and chat messages that wait or could not be sent.")
    icon = "send"
    empty = gettext_lazy("Everything was sent.")
    defaults = {"status": "unsent"}

    def may_open(self, user):
        return may_tend(user)

    def get_queryset(self):
        return Delivery.objects.select_related("notification__person", "robot")


@require_POST
def delivery_resend(request, pk):
    require(may_tend(request.user), NotAllowed)
    delivery.resend(get_object_or_404(Delivery, pk=pk), now=timezone.now())
    messages.success(request, _("It is sent again with the next round."))
    return redirect("deliveries")
