"""Me: language, theme, quiet hours, notices, chat robots, who decides for me, and tokens for programs."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from knox.models import get_token_model

from apps.core import approvals, notifications
from apps.core.approvals import Delegation
from apps.core.channels import DeliveryFailed, send_to_robot
from apps.core.forms import DelegationForm, NoticesForm, PreferencesForm, RobotForm
from apps.core.notifications import Preference, Robot
from apps.core.web import FormPage


def preferences(request):
    """One's settings; each card is a form of its own."""
    form = PreferencesForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        with translation.override(request.user.language):  # it may be a new one
            messages.success(request, _("Kept."))
        return redirect("preferences")
    context = {"form": form, "robots": Robot.objects.filter(person=request.user)}
    return render(request, "core/preferences.html", context, status=422 if form.errors else 200)


@require_POST
def preferences_quick(request):
    """Language or theme from the corner of any page, and back to it."""
    user = request.user
    wanted = {
        name: request.POST[name]
        for name, choices in (("language", user.Language), ("theme", user.Theme))
        if request.POST.get(name) in choices.values
    }
    if wanted:
        for name, value in wanted.items():
            setattr(user, name, value)
        user.save(update_fields=list(wanted))
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    response = redirect(target if safe else "home")
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax", max_age=31536000)
    return response


def preferences_notices(request):
    """How each kind of notice is told."""
    wishes = Preference.objects.filter(person=request.user)
    current = {(wish.kind, wish.channel): wish.mode for wish in wishes}
    form = NoticesForm(request.POST or None, current=current)
    if request.method == "POST" and form.is_valid():
        notifications.prefer(request.user, form.wishes())
        messages.success(request, _("Kept."))
        return redirect("preferences_notices")
    return render(request, "core/preferences_notices.html", {"form": form}, status=422 if form.errors else 200)


# --- Chat robots ----------------------------------------------------------------------------------------


class RobotPage(FormPage):
    """Add a robot, or change it (`pk`). Its token is never shown again."""

    form_class = RobotForm
    intro = gettext_lazy("Your notices are repeated in a chat group. Paste what its robot's address ends in.")
    done = gettext_lazy("Kept. Send a test to see whether it arrives.")
    back = reverse_lazy("preferences")

    def dispatch(self, request, *args, **kwargs):
        pk = kwargs.get("pk")
        self.robot = get_object_or_404(Robot, person=request.user, pk=pk) if pk else Robot(person=request.user)
        self.title = _("Chat robot") if pk else _("Add a chat robot")
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"instance": self.robot}

    def act(self, form):
        form.save()
        return reverse("preferences")


robot_page = sensitive_post_parameters("token", "secret")(RobotPage.as_view())


@require_POST
def robot_delete(request, pk):
    get_object_or_404(Robot, person=request.user, pk=pk).delete()
    messages.success(request, _("Removed."))
    return redirect("preferences")


@require_POST
def robot_test(request, pk):
    """Send a word of greeting at once, and say whether it arrived."""
    robot = get_object_or_404(Robot, person=request.user, pk=pk)
    try:
        send_to_robot(
            robot.provider,
            token=robot.token,
            secret=robot.secret,
            title=_("A test from Onsite"),
            text=_("Your notices arrive here."),
            url=f"{settings.PUBLIC_URL}{reverse('preferences')}",
            at=timezone.now(),
        )
    except DeliveryFailed as failure:
        messages.error(request, _("It did not arrive: %(reason)s") % {"reason": failure.reason})
    else:
        messages.success(request, _("It arrived. Look into the chat group."))
    return redirect("preferences")


# --- Delegations ----------------------------------------------------------------------------------------


class Delegations(FormPage):
    """Who decides for me, for whom I decide, and asking somebody."""

    template_name = "core/delegations.html"
    form_class = DelegationForm
    title = gettext_lazy("Delegations")
    button = gettext_lazy("Ask")
    done = gettext_lazy("Asked. It counts once they accept.")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"people": get_user_model().objects.standing_in_for(self.request.user)}

    def get_initial(self):
        return {"since": timezone.localdate()}

    def act(self, form):
        given = form.cleaned_data
        approvals.delegate(
            by=self.request.user,
            to=given["delegate"],
            since=given["since"],
            until=given["until"],
            reason=given["reason"],
            now=timezone.now(),
            today=timezone.localdate(),
        )
        return reverse("delegations")

    def get_context_data(self, **kwargs):
        user, today = self.request.user, timezone.localdate()
        rows = Delegation.objects.select_related("person", "delegate")
        return super().get_context_data(**kwargs) | {
            "given": rows.filter(person=user)[:20],
            "taken": rows.filter(delegate=user)[:20],
            "today": today,
        }


@require_POST
def delegation_accept(request, pk):
    approvals.accept_delegation(_delegation(request, pk), by=request.user, now=timezone.now())
    messages.success(request, _("Accepted. What waits for them waits for you too, in those days."))
    return redirect("delegations")


@require_POST
def delegation_end(request, pk):
    """Decline, take back or end, as it stands."""
    approvals.end_delegation(_delegation(request, pk), by=request.user, now=timezone.now())
    messages.success(request, _("Ended."))
    return redirect("delegations")


def _delegation(request, pk) -> Delegation:
    rows = Delegation.objects.filter(person=request.user) | Delegation.objects.filter(delegate=request.user)
    return get_object_or_404(rows, pk=pk)


# --- Tokens for programs --------------------------------------------------------------------------------


def tokens(request, fresh: str = ""):
    """A person's API tokens. A new one is shown this once; only its beginning is kept in readable form."""
    rows = get_token_model().objects.filter(user=request.user).order_by("-created")
    return render(request, "core/tokens.html", {"tokens": rows, "fresh": fresh, "now": timezone.now()})


@require_POST
def token_create(request):
    _row, fresh = get_token_model().objects.create(request.user)
    response = tokens(request, fresh)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def token_revoke(request, pk):
    get_object_or_404(get_token_model(), user=request.user, pk=pk).delete()
    messages.success(request, _("Revoked. Programs that use it are signed out."))
    return redirect("tokens")
