"""Home, health, and the way from the technical administration to the one sign-in."""

from urllib.parse import urlencode

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError
from django.db.models import Count, Q
from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core import pulse, web
from apps.core.administration import keep_out
from apps.core.obligations import Obligation, database_now
from apps.core.pulse import Heartbeat
from apps.core.views import approvals
from apps.core.views.obligations import urgent_of

FIRST_DECISIONS = 5
FIRST_PROMISES = 7
HEALTH_SECONDS = 1


def home(request):
    """Decide, Do, See: what waits for me, what I owe next, and what each app shows me."""
    shown = [card for _order, find in web.SEE if (card := find(request))]
    mine = Obligation.objects.of(request.user).open()
    counts = mine.aggregate(open=Count("pk"), late=Count("pk", filter=Q(due_at__lt=timezone.now())))
    counts["urgent"] = urgent_of(request.user).count()
    context = {
        "greeting": _greeting(request.user.name),
        "today": timezone.localdate(),
        "decisions": list(approvals.waiting(request.user)[:FIRST_DECISIONS]),
        "todos": _todos(request.user, mine),
        "counts": counts,
        "cards": [render_to_string(template, context, request=request) for template, context in shown],
    }
    return render(request, "home.html", context)


def _todos(user, mine) -> list[web.Todo]:
    """The next promises and what else waits, first what falls due first."""
    owed = [
        web.Todo(one.title, " · ".join(str(word) for word in (one.label, one.site) if word), one.url, one.due_at)
        for one in mine.select_related("site")[:FIRST_PROMISES]
    ]
    return sorted([*owed, *web.todos(user)], key=lambda one: (one.due_at is None, one.due_at))


def _greeting(name: str) -> str:
    hour = timezone.localtime().hour
    if hour < 5 or hour >= 18:
        return _("Good evening, %(name)s") % {"name": name}
    return _("Good morning, %(name)s") % {"name": name} if hour < 12 else _("Good afternoon, %(name)s") % {"name": name}


@login_not_required
def healthz(request):
    """200 when database, Redis, worker and beat live, else 503 and which one does not."""
    answer = {"database": "ok", "redis": _redis(), **_processes()}
    if answer["worker"] == "unknown":
        answer["database"] = "silent"
    well = set(answer.values()) == {"ok"}
    response = JsonResponse({"status": "ok" if well else "failing", **answer}, status=200 if well else 503)
    response["Cache-Control"] = "no-store"
    return response


def _redis() -> str:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=HEALTH_SECONDS, socket_connect_timeout=HEALTH_SECONDS
    )
    try:
        client.ping()
    except (redis.RedisError, OSError):
        return "silent"
    finally:
        client.close()
    return "ok"


def _processes() -> dict[str, str]:
    """Whether worker and beat beat within SILENT_AFTER; unknown where the database does not answer."""
    try:
        limit = database_now() - pulse.SILENT_AFTER
        living = set(Heartbeat.objects.filter(at__gt=limit).values_list("process", flat=True))
    except (DatabaseError, InterfaceError):
        return dict.fromkeys(("worker", "beat"), "unknown")
    return {name: "ok" if name in living else "silent" for name in ("worker", "beat")}


@login_not_required
def admin_login(request):
    """`/admin/` signs in through the same door as everything else."""
    keep_out(request.user)
    return redirect(f"{reverse('account_login')}?{urlencode({'next': request.GET.get('next', '/admin/')})}")


def no_page(request):
    """An address of a library that is not for people here."""
    raise Http404
