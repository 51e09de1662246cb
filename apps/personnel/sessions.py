"""Ending every session and API token of a person: when they leave, get a new password or a new address (G26)."""

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.dispatch import receiver
from knox.models import AuthToken

from apps.personnel.models import User


def end_all(person: User) -> None:
    """The next request of each device and each token fails; a company account must find the person anew."""
    for session in UserSession.objects.filter(user=person):
        session.end()
    AuthToken.objects.filter(user=person).delete()
    SocialAccount.objects.filter(user=person).delete()


@receiver([password_changed, password_reset, password_set])
def end_tokens(request, user, **_kwargs) -> None:
    """A new password ends the sessions by itself (each carries a hash of it); tokens know nothing of passwords."""
    AuthToken.objects.filter(user=user).delete()
