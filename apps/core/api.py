"""What every API endpoint shares: refusals as JSON, reading, verbs, and posts that happen once per key."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC
from functools import wraps

import django_filters.rest_framework as filters
from django import forms
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import RequestDataTooBig
from django.db import models
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters.fields import IsoDateTimeField
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.relations import MANY_RELATION_KWARGS
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.validators import UniqueValidator
from rest_framework.views import exception_handler, set_rollback

from apps.core.attachments import Attachment
from apps.core.forms import FilesField
from apps.core.idempotency import once
from apps.core.sorting import sorting_column
from apps.core.verdicts import YES, NotAllowed, Refused, Verdict, require
from apps.core.words import too_long

KEY_LENGTH = 200
LARGEST_ID = 2**63 - 1
LIST_WORDS = ("page", "page_size", "search", "ordering", "format")  # of every list, beside its filters


# --- Refusals -----------------------------------------------------------------------------------------


class RefusalSerializer(serializers.Serializer):
    """Why not: reason, remedy, the policy's clause, and what is wrong by field."""

    detail = serializers.CharField()
    remedy = serializers.CharField()
    clause = serializers.CharField()
    fields = serializers.DictField(child=serializers.CharField())


def refusal_handler(exception, context):
    """The one place where a refusal becomes JSON; whatever else is refused has the same shape."""
    if isinstance(exception, Refused):
        set_rollback()
        verdict = exception.verdict
        words = {name: str(reason) for name, reason in exception.fields.items()}
        return _refusal(exception.status, verdict.reason, verdict.remedy, verdict.clause, words)
    if isinstance(exception, ValidationError):
        set_rollback()
        given = exception.detail if isinstance(exception.detail, dict) else {"non_field_errors": exception.detail}
        words = {name: " ".join(_flat(reasons)) for name, reasons in given.items()}
        reason = words.pop("non_field_errors", "") or _("Something is missing or cannot be read.")
        return _refusal(exception.status_code, reason, "", "", words)
    if isinstance(exception, RequestDataTooBig):
        return Response(_words(_("This is too large."), _("Send files as multipart.")), status=413)
    # Whether a record does not exist or is another's: the words are the same.
    response = exception_handler(NotFound() if isinstance(exception, Http404) else exception, context)
    if response is not None:
        response.data = _words(response.data["detail"])
    return response


def _refusal(status: int, reason, remedy, clause: str, words: dict[str, str]) -> Response:
    return Response(_words(reason, remedy, clause, words), status=status)


def _words(reason, remedy="", clause: str = "", fields: dict[str, str] | None = None) -> dict:
    said = {_sendable(name): _sendable(words) for name, words in (fields or {}).items()}
    return {"detail": _sendable(reason), "remedy": _sendable(remedy), "clause": clause, "fields": said}


def _sendable(words) -> str:
    """What was sent may stand in an answer that refuses it; half a character has no bytes."""
    return str(words).encode("utf-8", "replace").decode()


def _flat(reasons):
    """Every reason in a nest of lists and dicts."""
    if isinstance(reasons, dict):
        reasons = reasons.values()
    elif not isinstance(reasons, list):
        return [str(reasons)]
    return [word for one in reasons for word in _flat(one)]


class BadKey(APIException):
    status_code = 400
    default_code = "bad_idempotency_key"


# --- The schema ---------------------------------------------------------------------------------------


class Schema(AutoSchema):
    """Tells the schema what a door takes and answers, and which refusals to expect."""

    def get_override_parameters(self):
        if self.method != "POST":
            return []
        return [
            OpenApiParameter(
                "Idempotency-Key",
                str,
                OpenApiParameter.HEADER,
                description="At most 200 characters. The same request again under it is answered, not repeated.",
            )
        ]

    def get_request_serializer(self):
        return self._made(self.view.takes())

    def get_response_serializers(self):
        return self._made(self.view.answers())

    def _made(self, kind):
        return kind(context={"view": self.view}) if kind else None

    def _get_response_bodies(self, direction="response"):
        bodies = super()._get_response_bodies(direction)
        codes = ["403", "404"] if self.method == "GET" else ["400", "403", "404", "409", "422"]
        for code in codes:
            bodies.setdefault(code, self._get_response_for_code(RefusalSerializer, code, direction=direction))
        return bodies


# --- Input and output ---------------------------------------------------------------------------------


@extend_schema_field(OpenApiTypes.INT)
class Visible(serializers.PrimaryKeyRelatedField):
    """A record by id, of those the person may see; any other id is answered like one that does not exist."""

    def __init__(self, model: type[models.Model], **options):
        self.model = model
        super().__init__(**options)

    @classmethod
    def many_init(cls, *args, **options):
        of_list = {name: options[name] for name in MANY_RELATION_KWARGS if name in options}
        return VisibleMany(child_relation=cls(*args), **of_list)

    def to_internal_value(self, data):
        if isinstance(data, float):  # 1.5 is no id, and 1e400 would be infinity
            self.fail("incorrect_type", data_type="float")
        return super().to_internal_value(data)

    def get_queryset(self):
        request = self.context.get("request")
        return self.rows(request.user) if request else self.model.objects.none()

    def rows(self, user):
        return self.model.objects.visible_to(user)


class VisibleMany(serializers.ManyRelatedField):
    """Several records; a form that does not name the field says nothing about it, as in JSON."""

    def get_value(self, dictionary):
        return super().get_value(dictionary) if self.field_name in dictionary else serializers.empty


class Flag(serializers.BooleanField):
    """Yes or no; a form that does not name the field says nothing about it, as in JSON."""

    default_empty_html = serializers.empty


class Moment(serializers.DateTimeField):
    """A moment; one at the edge of the calendar, which has no time in UTC, is refused beside its field."""

    def enforce_timezone(self, value):
        try:
            moment = super().enforce_timezone(value)
            moment.astimezone(UTC)
        except OverflowError:
            self.fail("overflow")
        return moment


class Files(serializers.ListField):
    """Files of a multipart request, at most ten, each checked by its bytes: `(name, bytes)` each."""

    child = serializers.FileField()

    def __init__(self, **options):
        super().__init__(**{"required": False, "default": list, "write_only": True, **options})

    def to_internal_value(self, data):
        return FilesField(required=self.required).clean(super().to_internal_value(data))


class Values(serializers.ModelSerializer):
    """Input shaped like a model's fields. Whether a value is taken already is the action's to say, after who asks."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.BooleanField: Flag,
        models.DateTimeField: Moment,
    }

    def build_standard_field(self, field_name, model_field):
        kind, options = super().build_standard_field(field_name, model_field)
        if "validators" in options:
            options["validators"] = [one for one in options["validators"] if not isinstance(one, UniqueValidator)]
        return kind, options

    def get_validators(self):
        return []


def name_of(path: str, **options) -> serializers.CharField:
    """The name of what a relation leads to; null where it leads nowhere."""
    return serializers.CharField(source=f"{path}.name", read_only=True, allow_null=True, **options)


class FileSerializer(serializers.ModelSerializer):
    """A file of a record, with the address to fetch it from (a sensitive one by POST: that is recorded)."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = ["key", "name", "content_type", "size", "sha256", "sensitive", "uploaded_by", "uploaded_at", "url"]

    def get_url(self, attachment) -> str:
        return reverse("api-files-detail", args=[attachment.key])


def put_files(things) -> None:
    """Give each record of one model its `files`, with one query for all."""
    things = list(things)
    if not things:
        return
    found: dict[int, list] = {}
    kind = ContentType.objects.get_for_model(things[0])
    for attachment in Attachment.objects.filter(subject_type=kind, subject_id__in=[thing.pk for thing in things]):
        found.setdefault(attachment.subject_id, []).append(attachment)
    for thing in things:
        thing.files = found.get(thing.pk, [])


# --- Filters ------------------------------------------------------------------------------------------


@extend_schema_field(OpenApiTypes.INT)
class IdFilter(filters.Filter):
    """Rows that refer to an id. One that may not be seen and one that does not exist both match nothing."""

    field_class = forms.IntegerField

    def __init__(self, *args, **options):
        super().__init__(*args, min_value=1, max_value=LARGEST_ID, **options)


class MomentField(IsoDateTimeField):
    """A moment with any offset there is; the database knows fewer of them, so it is asked in UTC."""

    def to_python(self, value):
        moment = super().to_python(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class MomentFilter(filters.IsoDateTimeFilter):
    field_class = MomentField


class Filters(filters.FilterSet):
    class Meta:
        filter_overrides = {
            models.DateTimeField: {"filter_class": MomentFilter},
            models.ForeignKey: {"filter_class": IdFilter},
            models.ManyToManyField: {"filter_class": IdFilter},
        }


class Filtering(filters.DjangoFilterBackend):
    filterset_base = Filters


class Searching(SearchFilter):
    """`search=words`, where a list can be searched; as its pages search where the door says so."""

    def filter_queryset(self, request, queryset, view):
        words = request.query_params.get(self.search_param, "").replace("\x00", "").strip()
        if words and view.searches_as_pages:
            return queryset.search(words)
        return super().filter_queryset(request, queryset, view)

    def get_schema_operation_parameters(self, view):
        return super().get_schema_operation_parameters(view) if view.search_fields else []


class Ordering(OrderingFilter):
    """`ordering=name,-since`; equal rows by their id, so that no page repeats or skips one."""

    def get_schema_operation_parameters(self, view):
        return super().get_schema_operation_parameters(view) if view.ordering_fields else []

    def remove_invalid_fields(self, queryset, fields, view, request):
        """A misspelt column must not mean another order."""
        known = super().remove_invalid_fields(queryset, fields, view, request)
        unknown = [name for name in fields if name not in known]
        if unknown:
            raise ValidationError({self.ordering_param: _("This list has no order by %(names)s.") % {"names": unknown}})
        return known

    def get_ordering(self, request, queryset, view):
        wanted = super().get_ordering(request, queryset, view)
        return [*(sorting_column(queryset.model, name) for name in wanted), "-pk"] if wanted else wanted


def exact(*columns: str) -> dict[str, list[str]]:
    """Filters of a door, for `filterset_fields`: these columns by their very value."""
    return dict.fromkeys(columns, ["exact"])


def exact_or_none(*columns: str) -> dict[str, list[str]]:
    """By their very value, or by whether there is one."""
    return dict.fromkeys(columns, ["exact", "isnull"])


def none_or_some(*columns: str) -> dict[str, list[str]]:
    """By whether there is a value at all."""
    return dict.fromkeys(columns, ["isnull"])


def days(*columns: str) -> dict[str, list[str]]:
    """From a day to a day, both included."""
    return dict.fromkeys(columns, ["gte", "lte"])


def moments(*columns: str) -> dict[str, list[str]]:
    """From a moment on, and before a moment."""
    return dict.fromkeys(columns, ["gte", "lt"])


# --- Doors --------------------------------------------------------------------------------------------


class Door(viewsets.GenericViewSet):
    """Records of one model, seen by those who may see them; another's id answers like one that does not exist.

    serializer_class: a row of a list. detail_class: one record (default: as the row), with `details` fetched along.
    more_filters: names that the list reads itself.
    new_class, change_class: what a create and a change take.
    """

    schema = Schema()
    filter_backends = [Filtering, Searching, Ordering]
    search_fields: tuple[str, ...] = ()
    searches_as_pages = False  # with the rows' own `search`: initials, pinyin
    ordering_fields: tuple[str, ...] = ()
    more_filters: tuple[str, ...] = ()
    lookup_value_converter = "int"
    detail_class = None
    new_class = None
    change_class = None
    details: tuple = ()

    def may_open(self, user) -> Verdict:
        """Whether the person may create or change here at all; asked before their input is read."""
        return YES

    def rows(self):
        """Every record, with what a list needs."""
        return self.queryset.all()

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        rows = self.rows().visible_to(self.request.user)
        return rows.prefetch_related(*self.details) if self.detail else rows

    def filter_queryset(self, queryset):
        """Filters are for lists; a record is found by its id alone. A misspelt filter must not mean no filter."""
        if self.detail:
            return queryset
        filters = Filtering().get_filterset_class(self, queryset)
        known = {*(filters.base_filters if filters else ()), *LIST_WORDS, *self.more_filters}
        if not getattr(self, "search_fields", None):
            known.discard("search")
        unknown = sorted(set(self.request.query_params) - known)
        if unknown:
            raise ValidationError(dict.fromkeys(unknown, _("There is no such filter here.")))
        return super().filter_queryset(queryset)

    def takes(self):
        """The serializer class of what the present action is given, or None."""
        written = {"create": self.new_class, "partial_update": self.change_class}
        if self.action in written:
            return written[self.action]
        return getattr(getattr(self, self.action, None), "given", None)

    def answers(self):
        """The serializer class of what the present action answers."""
        return self.serializer_class if self.action == "list" else self.detail_class or self.serializer_class

    def get_serializer_class(self):
        return self.answers()

    def given(self, kind, **options) -> dict:
        """What was sent, checked for its shape.

        Raises: ValidationError beside the fields.
        """
        serializer = kind(data=self.request.data, context=self.get_serializer_context(), **options)
        if isinstance(self.request.data, Mapping):
            unknown = sorted(set(self.request.data) - set(serializer.fields))
            if unknown:  # a misspelt name must not mean that nothing was said
                raise ValidationError(dict.fromkeys(unknown, _("There is no such field here.")))
        serializer.is_valid(raise_exception=True)
        if isinstance(serializer.validated_data, Mapping) and (faults := too_long(serializer.validated_data)):
            raise ValidationError(faults)
        return serializer.validated_data

    def prepare(self, thing) -> None:
        """What one record needs beyond its row and `details`, such as its files."""

    def shown(self, thing) -> dict:
        """One record as its readers see it."""
        self.prepare(thing)
        kind = self.detail_class or self.serializer_class
        return kind(thing, context=self.get_serializer_context()).data

    def afresh(self, thing) -> dict:
        """The same, read again after an action."""
        return self.shown(self.rows().prefetch_related(*self.details).get(pk=thing.pk))

    def once(self, run) -> Response:
        """Answer `run() -> (status, data)`; under an `Idempotency-Key` it runs once, however often it is sent."""
        key = self.request.headers.get("Idempotency-Key", "")
        if len(key) > KEY_LENGTH:
            raise BadKey(_("An Idempotency-Key has at most 200 characters."))

        def plain():
            status, data = run()
            return status, json.loads(JSONRenderer().render(data))

        if not key:
            status, data = run()
        else:
            status, data = once(self.request.user, key, _fingerprint(self.request), plain, now=timezone.now())
        return Response(data, status=status)

    @property
    def stamp(self) -> dict:
        """Who acts, and when."""
        return {"by": self.request.user, "now": timezone.now()}


class Reads(mixins.ListModelMixin, Door):
    """List and detail."""

    def retrieve(self, request, *args, **kwargs):
        return Response(self.shown(self.get_object()))


class Creates(Door):
    """A create that takes an `Idempotency-Key`: sent twice, stored once, and answered alike."""

    def create(self, request, *args, **kwargs):
        def run():
            require(self.may_open(request.user), NotAllowed)
            return 201, self.afresh(self.perform(self.given(self.new_class)))

        return self.once(run)

    def perform(self, given: dict):
        """Call the action; answers the record it made."""
        raise TypeError(f"{type(self).__name__} has no action")


class Changes(Door):
    """A change (PATCH) of what is sent; the rest stays."""

    def partial_update(self, request, *args, **kwargs):
        thing = self.get_object()
        require(self.may_open(request.user), NotAllowed)
        self.change(thing, self.given(self.change_class, instance=thing, partial=True))
        return Response(self.afresh(thing))

    def change(self, thing, given: dict) -> None:
        """Call the action."""
        raise TypeError(f"{type(self).__name__} has no action")


def verb(given=None, *, may=None):
    """A POST on one record, named after the method, which calls the action: `method(thing, by=, now=, **given)`.

    given: the serializer of what is sent. may: `may(user, thing)`, asked before the input is read, so that
    whoever may not act learns nothing from it. Answers the record afresh. Takes an `Idempotency-Key`.
    """

    def decorate(body):
        @wraps(body)
        def post(self, request, *args, **kwargs):
            def run():
                thing = self.get_object()
                require(may(request.user, thing) if may else YES, NotAllowed)
                values = self.given(given) if given else {}
                body(self, thing, **self.stamp, **values)
                return 200, self.afresh(thing)

            return self.once(run)

        post.given = given
        name = body.__name__
        return action(detail=True, methods=["post"], url_path=name.replace("_", "-"), url_name=name)(post)

    return decorate


class ReasonSerializer(serializers.Serializer):
    """A reason that must be given."""

    reason = serializers.CharField()


class OptionalReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(required=False, allow_blank=True, default="")


def _fingerprint(request) -> bytes:
    """Method, path and body, equal for equal requests: fields in any order, files by name and content."""
    data = request.data
    if hasattr(data, "lists"):
        body = {name: [_plain(one) for one in given] for name, given in data.lists()}
    else:
        body = dict(data) if isinstance(data, Mapping) else data
    kind = request.content_type.partition(";")[0]
    return json.dumps([request.method, request.path, kind, body], sort_keys=True).encode()


def _plain(one):
    """A field as it is, a file as its name and hash."""
    if not hasattr(one, "chunks"):
        return one
    digest = hashlib.sha256()
    for chunk in one.chunks():
        digest.update(chunk)
    one.seek(0)
    return [one.name, digest.hexdigest()]
