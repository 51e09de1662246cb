"""The forms of the second step, of passkeys and security keys."""

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _

NAME = _("Name of the device or key")


class OwnMeans:
    """A form for a code that names what this account has: an app, recovery codes; `has_key` says whether a key too."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        kinds = Authenticator.Type
        has = set(Authenticator.objects.filter(user=self.user).values_list("type", flat=True))
        self.has_key = kinds.WEBAUTHN in has
        code = self.fields["code"]
        del code.widget.attrs["placeholder"]
        if kinds.TOTP not in has:
            code.label = _("Recovery code")
            return
        code.label = _("Code of your authenticator app")
        if kinds.RECOVERY_CODES in has:
            code.help_text = _("Without the device? A recovery code works here too.")


class SecondStepForm(OwnMeans, AuthenticateForm):
    """The second step of signing in."""


class ConfirmForm(OwnMeans, ReauthenticateForm):
    """The same once more, before something about the account changes."""


class AddKeyForm(AddWebAuthnForm):
    """A key is a passkey unless said otherwise: to sign in with it is what most people want."""

    name = forms.CharField(label=NAME, required=False, max_length=100)
    passwordless = forms.BooleanField(
        label=_("Sign in with it instead of the password"),
        required=False,
        initial=True,
        help_text=_(
            "The device asks for your finger, face or PIN. Without this it is a second step after the password."
        ),
    )


class RenameKeyForm(EditWebAuthnForm):
    """Another name for a key."""

    name = forms.CharField(label=NAME, max_length=100)
