"""Form fields every app uses, and the forms of the core's own pages."""

import json
import uuid
from datetime import UTC, datetime
from hashlib import sha256
from zoneinfo import available_timezones

from crispy_forms.layout import LayoutObject
from crispy_forms.utils import TEMPLATE_PACK
from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import models
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext_lazy as _

from apps.core import attachments
from apps.core.approvals import Outcome
from apps.core.channels import PROVIDERS, validate_secret, validate_token
from apps.core.lookups import LookupField, PersonField
from apps.core.notifications import KINDS, Channel, Mode, Robot
from apps.core.verdicts import PolicyBroken
from apps.core.words import listed

# --- Fields -------------------------------------------------------------------------------------------


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")


class ClockInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%H:%M")


class MomentInput(forms.DateTimeInput):
    """Date and time as browsers want them, in the reader's zone."""

    input_type = "datetime-local"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class JustNowField(forms.DateTimeField):
    """When it happened; left empty, when the form was sent, also where the line was down then (see outbox.js).

    of: the field that says whether it happened at all.
    """

    def __init__(self, *, of: str = "", **options):
        super().__init__(
            required=False, widget=MomentInput({"data-now": of}), help_text=_("Left empty: just now."), **options
        )


class FilesInput(forms.FileInput):
    allow_multiple_selected = True

    def __init__(self, attrs=None):
        super().__init__(
            {"multiple": True, "accept": FILES_ACCEPTED, "data-most-bytes": attachments.MAX_BYTES, **(attrs or {})}
        )

    def value_from_datadict(self, data, files, name):
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)

    def value_omitted_from_data(self, data, files, name):
        return name not in files


FILES_ACCEPTED = "image/*,.pdf,.docx,.xlsx,.pptx,.doc,.xls,.ppt,.txt,.csv,.ics,.eml,.zip,.mp3,.m4a,.mp4"
FILES_AT_ONCE = 10
FILES_TOGETHER = 60 * 2**20  # bytes; the proxy lets a little more pass


class FilesField(forms.FileField):
    """Several files in one field, each checked by its bytes. Cleans to a list of (name, bytes).

    photo: phones open the camera at once.
    """

    widget = FilesInput

    def __init__(self, *, photo=False, **options):
        options.setdefault("label", _("Files"))
        options.setdefault("help_text", _("Photos, PDF or Office documents, at most 25 MB each."))
        super().__init__(**options)
        if photo:
            self.widget.attrs.update({"capture": "environment", "accept": "image/*"})

    def clean(self, data, initial=None):
        given = [one for one in (data if isinstance(data, (list, tuple)) else [data]) if one]
        if not given:
            super().clean(None, initial)
            return []
        if len(given) > FILES_AT_ONCE:
            raise ValidationError(_("At most %(count)s files at once.") % {"count": FILES_AT_ONCE}, code="many")
        each_fits = all(one.size <= attachments.MAX_BYTES for one in given)
        if each_fits and sum(one.size for one in given) > FILES_TOGETHER:
            raise ValidationError(
                _("Together they are larger than %(size)s. Send some of them first.")
                % {"size": filesizeformat(FILES_TOGETHER)},
                code="together",
            )
        return [self._checked(one) for one in given]

    def _checked(self, upload) -> tuple[str, bytes]:
        content = upload.read(attachments.MAX_BYTES + 1)
        try:
            kind = attachments.sniff(upload.name, content)
            if kind in attachments.IMAGES:
                attachments.clean_image(content, kind)
        except PolicyBroken as refused:
            raise ValidationError(
                "%(name)s: %(reason)s",
                params={"name": attachments.safe_name(upload.name), "reason": refused.verdict.reason},
                code="refused",
            ) from refused
        return upload.name, content


def attach_all(subject, files: list[tuple[str, bytes]], *, by, now, sensitive: bool = False) -> list:
    """Store what a FilesField answered under a subject, in the caller's transaction.

    Raises: PolicyBroken beside `files`.
    """
    kept = []
    for name, content in files:
        try:
            kept.append(attachments.attach(subject, name=name, content=content, by=by, now=now, sensitive=sensitive))
        except PolicyBroken as refused:
            words = f"{attachments.safe_name(name)}: {refused.fields.get('file', refused.verdict.reason)}"
            raise PolicyBroken(refused.verdict, fields={"files": words}) from refused
    return kept


# --- Forms in front of an action ----------------------------------------------------------------------


def zone_choices() -> list[tuple[str, str]]:
    """Zones named after a place, and UTC, in order."""
    technical = ("Etc/", "posix", "right")
    named = (zone for zone in available_timezones() if "/" in zone and not zone.startswith(technical))
    return [(zone, zone.replace("_", " ")) for zone in ("UTC", *sorted(named))]


def field_for(db_field, **options):
    """The form field of a model's field: people are named by typing, days and time zones are chosen."""
    if isinstance(db_field, models.ForeignKey) and hasattr(db_field.related_model, "lookup_key"):
        chosen = PersonField if db_field.related_model is get_user_model() else LookupField
        return chosen(
            label=capfirst(db_field.verbose_name),
            help_text=db_field.help_text,
            required=not db_field.blank,
            queryset=db_field.related_model._default_manager.all(),
        )
    if db_field.name == "time_zone":
        return forms.ChoiceField(
            label=capfirst(db_field.verbose_name), choices=zone_choices, initial=db_field.get_default()
        )
    if isinstance(db_field, models.DateField) and not isinstance(db_field, models.DateTimeField):
        options.setdefault("widget", DayInput)
    return db_field.formfield(**options)


class Remembering:
    """For forms that change what is known: `remember` notes in the page what stood there when it was opened.

    What somebody else changed meanwhile stays changed; where both changed the same field, the person is told and
    decides.
    """

    def remember(self) -> None:
        self.fields["seen"] = forms.CharField(required=False, widget=forms.HiddenInput)
        self.initial["seen"] = json.dumps({name: _as_words(value) for name, value in self.standing().items()})

    def standing(self) -> dict:
        """What is known now, by field."""
        return {one.name: self.initial[one.name] for one in self.visible_fields() if one.name in self.initial}

    def clean(self):
        given = super().clean()
        if "seen" not in self.fields:
            return given
        try:
            seen = dict(json.loads(given.pop("seen", "") or "{}"))
        except (TypeError, ValueError):
            raise ValidationError(_("This page is out of date. Open it again."), code="stale") from None
        for name, standing in self.standing().items():
            if name not in seen or name not in given:
                continue
            was, now, typed = seen[name], _as_words(standing), _as_words(given[name])
            if now in (was, typed):
                continue
            if typed == was:
                given[name] = standing
                continue
            self.add_error(name, MEANWHILE % {"now": _as_shown(standing)})
            seen[name] = now  # asked once; saved again, it is meant
            self.data = self.data.copy()
            self.data[self.add_prefix("seen")] = json.dumps(seen)
        return given


MEANWHILE = _("This was changed to “%(now)s” elsewhere meanwhile. Save again to set yours instead.")


def _as_words(value) -> str:
    """A value for comparing: records by their ids, moments to the minute, as forms show them."""
    if isinstance(value, list | models.QuerySet):
        return ",".join(sorted(_as_words(one) for one in value))
    if isinstance(value, models.Model):
        return str(value.pk)
    if isinstance(value, datetime):
        return _in(UTC, value).isoformat(timespec="minutes")
    return "" if value is None else str(value).strip().replace("\r\n", "\n")


def _in(zone, moment: datetime) -> datetime:
    """A moment in a zone; one at the edge of the calendar, which has no time there, as it is."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


def _as_shown(value) -> str:
    if isinstance(value, list | models.QuerySet):
        return listed(str(one) for one in value)
    if isinstance(value, datetime):
        return date_format(_in(get_current_timezone(), value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return "–" if value in (None, "") else str(value)


class RecordForm(Remembering, forms.ModelForm):
    """A model's fields as a form. Only the action judges them, so everything wrong is said at once."""

    class Meta:
        formfield_callback = field_for

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.remember()

    def standing(self):
        known = self.instance
        many = {field.name for field in known._meta.many_to_many}
        return {
            name: list(getattr(known, name).all()) if name in many else getattr(known, name)
            for name in (one.name for one in self.visible_fields())
        }

    def _post_clean(self):
        """Neither fills nor checks the instance: the action does both."""


class OnceForm(forms.Form):
    """A form that is stored once, however often it is sent: each page that draws it gets a key of its own.

    The words count as well: who goes back to a page the browser kept and writes something else sends something else.
    """

    key = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args, **options):
        options["initial"] = {"key": uuid.uuid4().hex, **(options.get("initial") or {})}
        super().__init__(*args, **options)

    def identity(self) -> str:
        """The key with a digest of the words that were sent."""
        words = [self.cleaned_data[name] for name in sorted(self.cleaned_data) if name != "key"]
        said = "\0".join(one for one in words if isinstance(one, str))
        return f"{self.cleaned_data['key']}:{sha256(said.encode()).hexdigest()[:32]}"


class Fold(LayoutObject):
    """Fields that are seldom needed, folded away under a heading; open when the form comes back with errors."""

    def __init__(self, heading, *fields):
        self.heading, self.fields = heading, list(fields)

    def render(self, form, context, template_pack=TEMPLATE_PACK, **options):
        fields = self.get_rendered_fields(form, context, template_pack, **options)
        shown = {"heading": self.heading, "open": bool(form.errors), "fields": fields}
        return render_to_string("components/fold.html", shown)


# --- Decide, Do ---------------------------------------------------------------------------------------


class DecisionForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (Outcome.APPROVED.value, _("Approve")),
            (Outcome.RETURNED.value, _("Return")),
            (Outcome.REJECTED.value, _("Reject")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Needed to return or reject."),
    )


class TransferForm(forms.Form):
    """To whom, from a short list: only those who could sign in that place."""

    to = forms.ModelChoiceField(label=_("Pass it to"), queryset=None)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args, people, **options):
        super().__init__(*args, **options)
        self.fields["to"].queryset = people


class HandOverForm(TransferForm):
    """The same question about a promise: only people of the site may take it."""

    to = forms.ModelChoiceField(label=_("Hand it to"), queryset=None)
    field_order = ["to", "reason"]


# --- Policy -------------------------------------------------------------------------------------------


class ParameterForm(forms.Form):
    value = forms.DecimalField(label=_("New value"), max_digits=12, decimal_places=2)
    valid_from = forms.DateField(label=_("From"), widget=DayInput)
    reason = forms.CharField(label=_("Reason"), max_length=300)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}))


# --- Preferences --------------------------------------------------------------------------------------


class PreferencesForm(forms.ModelForm):
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)

    class Meta:
        model = get_user_model()
        fields = ["language", "theme", "time_zone", "quiet_from", "quiet_until", "digest_at"]
        widgets = {"quiet_from": ClockInput, "quiet_until": ClockInput, "digest_at": ClockInput}

    def clean(self):
        cleaned = super().clean()
        if bool(cleaned.get("quiet_from")) != bool(cleaned.get("quiet_until")):
            self.add_error("quiet_until", _("Give both times, or none."))
        elif cleaned.get("quiet_from") and cleaned["quiet_from"] == cleaned.get("quiet_until"):
            self.add_error("quiet_until", _("Quiet hours end at another time than they begin; or leave both empty."))
        return cleaned


class NoticesForm(forms.Form):
    """How each kind of notice is told by each channel; some are always told at once."""

    def __init__(self, *args, current: dict, **options):
        super().__init__(*args, **options)
        for kind in KINDS.values():
            for channel in Channel:
                self.fields[self.name(kind.key, channel)] = forms.ChoiceField(
                    label=f"{kind.label} · {channel.label}",
                    choices=Mode.choices,
                    initial=Mode.NOW if kind.fixed(channel) else current.get((kind.key, channel.value), Mode.NOW),
                    disabled=kind.fixed(channel),
                    widget=forms.Select({"class": "form-select"}),
                )

    @staticmethod
    def name(kind: str, channel: str) -> str:
        return f"{kind}-{channel}"

    def rows(self):
        """(kind, its fields, one a channel) to draw as a table."""
        for kind in KINDS.values():
            yield kind, [self[self.name(kind.key, channel)] for channel in Channel]

    def wishes(self) -> dict[tuple[str, str], str]:
        return {
            (kind.key, channel.value): self.cleaned_data[self.name(kind.key, channel)]
            for kind in KINDS.values()
            for channel in Channel
            if not kind.fixed(channel)
        }


class RobotForm(forms.ModelForm):
    """A chat robot. Its token is never shown again: left empty, the stored one stays."""

    class Meta:
        model = Robot
        fields = ["name", "provider", "token", "secret", "active"]
        widgets = {
            "token": forms.PasswordInput({"autocomplete": "off"}),
            "secret": forms.PasswordInput({"autocomplete": "off"}),
        }

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["provider"].choices = [(key, provider.label) for key, provider in PROVIDERS.items()]
        self.kept = {name: getattr(self.instance, name) for name in ("token", "secret")} if self.instance.pk else {}
        if self.kept:
            self.fields["token"].required = False
            for name, value in self.kept.items():
                if value:
                    self.fields[name].help_text = _("Stored, ends in %(end)s. Leave empty to keep it.") % {
                        "end": value[-4:]
                    }

    def clean(self):
        cleaned = super().clean()
        for name, value in self.kept.items():
            cleaned[name] = cleaned.get(name) or value
        provider = cleaned.get("provider")
        if provider:
            for name, check in (("token", validate_token), ("secret", validate_secret)):
                if name in cleaned:
                    try:
                        check(provider, cleaned[name])
                    except ValidationError as wrong:
                        self.add_error(name, wrong)
        return cleaned

    def _post_clean(self):
        """The model's own check speaks of no field; ours above has spoken beside each."""
        self.instance = forms.models.construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)


class DelegationForm(forms.Form):
    delegate = forms.ModelChoiceField(label=_("Who decides for you"), queryset=None)
    since = forms.DateField(label=_("From"), widget=DayInput)
    until = forms.DateField(label=_("Until"), widget=DayInput)
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args, people, **options):
        super().__init__(*args, **options)
        self.fields["delegate"].queryset = people


class SavedViewForm(forms.Form):
    page = forms.CharField(max_length=80)
    name = forms.CharField(max_length=80)
    query = forms.CharField(max_length=1000, required=False)
    shared = forms.BooleanField(required=False)
