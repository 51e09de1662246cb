"""The form of the contact log."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.communication.forms.at_site import AtSiteForm
from apps.communication.models import ContactLog
from apps.core.forms import JustNowField


class ContactLogForm(AtSiteForm):
    mode = forms.ChoiceField(label=_("How"), choices=ContactLog.Mode, initial=ContactLog.Mode.PHONE)
    at = JustNowField(label=_("When"))
    summary = forms.CharField(label=_("What about"), widget=forms.Textarea({"rows": 4}))
