"""How django-allauth treats our accounts: nobody signs up, people who left stay out, guessing is throttled.

Its mails are in templates/account/email, in the language of the person; passkeys are offered where browsers take them.

Guesses are counted by address of the sender and by account (G27). So that a stranger's guesses never lock the
owner out, a device on which somebody has signed in before is counted by itself: it carries a signed cookie.
"""

import ipaddress
import logging
import math
from smtplib import SMTPException
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http.request import split_domain_port
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.personnel.models import User

logger = logging.getLogger(__name__)

DEVICE_COOKIE = "device"
DEVICE_SALT = "onsite.device"
DEVICE_DAYS = 180
KNOWN_DEVICE_GUESSES = {"guess": "10/10m/key"}


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by HR; there is no public sign-up."""

    def is_open_for_signup(self, request):
        return False

    def pre_authenticate(self, request, **credentials):
        """Let a guess through or refuse it; one from a device that the account knows counts for that device only."""
        device = known_device(request, credentials.get("email", ""))
        if not device:
            return super().pre_authenticate(request, **credentials)
        self._login_failed_rl_usage = ratelimit.consume(
            request, app="onsite", action="guess", config=KNOWN_DEVICE_GUESSES, key=device
        )
        if not self._login_failed_rl_usage:
            raise too_many_guesses(app="onsite", action="guess", config=KNOWN_DEVICE_GUESSES)
        return None

    def validation_error(self, code, *args):
        if code == "too_many_login_attempts":
            return too_many_guesses(app="allauth.account", action="login_failed")
        return super().validation_error(code, *args)

    def send_mail(self, template_prefix, email, context):
        """A mail server that is away is said so; nothing is promised that does not happen."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException):
            logger.exception("a mail about an account could not be sent")
            messages.error(self.request, _("The mail cannot be sent at the moment. Try again in some minutes."))
            raise ImmediateHttpResponse(redirect("account_reset_password")) from None

    def send_password_reset_mail(self, user, email, context):
        """A new person, whose account HR opened, comes in this way too."""
        days = settings.PASSWORD_RESET_TIMEOUT // 86400
        with translation.override(user.language):
            super().send_password_reset_mail(user, email, context | {"days": days})

    def get_password_change_redirect_url(self, request):
        """This device is signed out like all others (G26)."""
        return reverse("account_login")

    def get_reauthentication_methods(self, user):
        methods = super().get_reauthentication_methods(user)
        if takes_passkeys(self.request.get_host()):
            return methods
        return [method for method in methods if method["id"] != "mfa_reauthenticate:webauthn"]

    def post_login(self, request, user, **kwargs):
        response = super().post_login(request, user, **kwargs)
        remember_device(request, response, user)
        return response


def too_many_guesses(**count) -> ValidationError:
    """Says how long it takes at most until this count of failed tries lets another one through."""
    minutes = math.ceil(max(rate.duration for rate in ratelimit.get_rates(**count)) / 60)
    words = ngettext(
        "Too many failed tries. Wait %(minutes)s minute, then try again.",
        "Too many failed tries. Wait %(minutes)s minutes, then try again.",
        minutes,
    )
    return ValidationError(words % {"minutes": minutes}, code="too_many_login_attempts")


def takes_passkeys(host: str) -> bool:
    """Whether browsers keep passkeys for this host, with or without port: for a name they do, for a number never."""
    return _number(host) is None


def passkey_address(request) -> str:
    """Where Onsite, asked for by a number, takes passkeys: `http://localhost:8000`; empty if that is not known."""
    if takes_passkeys(urlsplit(settings.PUBLIC_URL).netloc):
        return settings.PUBLIC_URL
    if _number(request.get_host()).is_loopback:
        port = split_domain_port(request.get_host())[1]
        return f"{request.scheme}://localhost{port and ':'}{port}"
    return ""


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is written as; None for a name."""
    try:
        return ipaddress.ip_address(split_domain_port(host)[0].strip("[]"))
    except ValueError:
        return None


def known_device(request, email: str) -> str:
    """The name of this device, if the account of this address has signed in on it before; else empty."""
    for pk, name in _devices(request).items():
        if User.objects.filter(pk=pk, email__iexact=email.strip()).exists():
            return f"{pk}:{name}"
    return ""


def remember_device(request, response, user) -> None:
    """Note on the device that this account has signed in here; a device keeps the five latest accounts."""
    devices = _devices(request)
    name = devices.pop(str(user.pk), "") or get_random_string(16)
    latest = dict([*devices.items(), (str(user.pk), name)][-5:])
    response.set_cookie(
        DEVICE_COOKIE,
        signing.dumps(latest, salt=DEVICE_SALT),
        max_age=DEVICE_DAYS * 86400,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def _devices(request) -> dict[str, str]:
    """Accounts by id, and the random name this device has for each."""
    try:
        return signing.loads(request.COOKIES.get(DEVICE_COOKIE, ""), salt=DEVICE_SALT, max_age=DEVICE_DAYS * 86400)
    except signing.BadSignature:
        return {}


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """A company account opens the Onsite account of the same, verified, mail address; it never makes a new one."""

    def is_open_for_signup(self, request, sociallogin):
        return False

    def pre_social_login(self, request, sociallogin):
        if sociallogin.is_existing:
            return
        verified = [one.email.lower() for one in sociallogin.email_addresses if one.verified in (True, "true")]
        user = User.objects.filter(is_active=True, email__in=verified).first()
        if user is None:
            messages.error(
                request,
                _("No account here has this address. Ask HR to add you.")
                if verified
                else _("Your company account does not confirm its mail address, so it opens nothing here. Ask HR."),
            )
            raise ImmediateHttpResponse(redirect("account_login"))
        sociallogin.connect(request, user)
