"""The forms of passkeys and security keys."""

from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _

NAME = _("Name of the device or key")


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
