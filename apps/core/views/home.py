"""What the core itself shows on the home page: promises that are late now, by site."""

from django.db.models import Count, Min
from django.utils import timezone

from apps.core.obligations import Obligation

OVERSEERS = ("hr", "executive", "head", "lead")
MOST_SITES = 6


def late_now(request):
    """For those who answer for sites: where promises are late now, the worst first."""
    if not request.user.has_role(*OVERSEERS):
        return None
    late = Obligation.objects.visible_to(request.user).overdue(timezone.now()).exclude(site=None)
    sites = late.order_by().values("site_id", "site__name").annotate(late=Count("pk"), since=Min("due_at"))
    return "core/home_late.html", {"sites": list(sites.order_by("-late", "since")[:MOST_SITES])}
