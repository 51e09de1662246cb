"""Who is not signed in signs in first; who is has their language and time zone on every page."""

import zoneinfo
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _


class SignInFirst(LoginRequiredMiddleware):
    """Whoever sends a form after their session ended comes back to its page; its address may only take forms."""

    def handle_no_permission(self, request, view_func):
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        messages.warning(request, _("Your session had ended, so nothing was stored. Sign in and send it again."))
        page = urlsplit(request.META.get("HTTP_REFERER", ""))
        ours = url_has_allowed_host_and_scheme(page.geturl(), {request.get_host()}, require_https=request.is_secure())
        back = page._replace(scheme="", netloc="", fragment="").geturl() if ours else "/"
        return redirect_to_login(back, self.get_login_url(view_func), self.get_redirect_field_name(view_func))


class PreferencesMiddleware:
    """Activate what the person chose; anonymous visitors keep the cookie's or the browser's language."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        translation.activate(user.language)
        request.LANGUAGE_CODE = user.language
        with timezone.override(zoneinfo.ZoneInfo(user.time_zone)):
            response = self.get_response(request)
        if request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) != user.language:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax", max_age=31536000)
        return response
