"""Who owns an account is told when a way into it changed: whoever did it without them is noticed."""

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core import notifications

NOT_YOU = _("If it was not you, choose a new password at once and tell HR.")
PASSWORD = notifications.note_kind(
    "password_changed", _("Your password was changed"), _("Your password was changed"), NOT_YOU, by_mail=True
)
SECOND_STEP = notifications.note_kind(
    "second_step_changed",
    _("A passkey, code app or recovery code was added or removed"),
    _("Your passkeys, code app or recovery codes were changed"),
    NOT_YOU,
    by_mail=True,
)


@receiver([password_changed, password_reset, password_set])
def password_was_changed(user, **_kwargs) -> None:
    _tell(user, PASSWORD, reverse("account_change_password"))


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def second_step_was_changed(user, **_kwargs) -> None:
    _tell(user, SECOND_STEP, reverse("mfa_index"))


def _tell(user, kind: notifications.NoteKind, url: str) -> None:
    """Once a minute: an app and its recovery codes come together."""
    now = timezone.now()
    notifications.tell([user], kind, key=f"{kind.key}:{now:%Y-%m-%dT%H:%M}", now=now, url=url)
