"""How django-allauth treats our accounts: nobody signs up, people who left stay out."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.personnel.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by HR; there is no public sign-up."""

    def is_open_for_signup(self, request):
        return False


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """A company account opens the Onsite account of the same, verified, mail address; it never makes a new one."""

    def is_open_for_signup(self, request, sociallogin):
        return False

    def pre_social_login(self, request, sociallogin):
        if sociallogin.is_existing:
            return
        verified = [one.email for one in sociallogin.email_addresses if one.verified]
        user = User.objects.filter(is_active=True, email__in=[email.lower() for email in verified]).first()
        if user is None:
            messages.error(request, _("No account here has this address. Ask HR to add you."))
            raise ImmediateHttpResponse(redirect("account_login"))
        sociallogin.connect(request, user)
