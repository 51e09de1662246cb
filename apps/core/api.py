"""What every API endpoint shares: the refusal translator, and creates that happen once per key."""

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import mixins, viewsets
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from apps.core.idempotency import once
from apps.core.verdicts import Refused

KEY_LENGTH = 200


def refusal_handler(exception, context):
    """The one place where a refusal becomes JSON: reason, remedy, clause, and what is wrong by field."""
    if isinstance(exception, Refused):
        set_rollback()
        verdict = exception.verdict
        return Response(
            {
                "detail": str(verdict.reason),
                "remedy": str(verdict.remedy),
                "clause": verdict.clause,
                "fields": {name: str(reason) for name, reason in exception.fields.items()},
            },
            status=exception.status,
        )
    return exception_handler(exception, context)


class BadKey(APIException):
    status_code = 400
    default_code = "bad_idempotency_key"


class Creates(mixins.CreateModelMixin):
    """A create that takes an `Idempotency-Key`: sent twice, stored once, and answered alike.

    Subclasses give `perform(data) -> object`, which calls the action.
    """

    def create(self, request, *args, **kwargs):
        key = request.headers.get("Idempotency-Key", "")
        if len(key) > KEY_LENGTH:
            raise BadKey(_("An Idempotency-Key has at most 200 characters."))
        body = f"{request.method} {request.path}\n".encode() + _body(request)

        def run():
            serializer = self.get_serializer(data=request.data)
            serializer.is_valid(raise_exception=True)
            thing = self.perform(serializer.validated_data)
            return 201, self.answer(thing)

        status, answer = once(request.user, key, body, run, now=timezone.now()) if key else run()
        return Response(answer, status=status)

    def answer(self, thing) -> dict:
        """The created record as its readers see it."""
        return dict(self.read_serializer_class(thing, context=self.get_serializer_context()).data)

    def perform(self, data):
        raise TypeError(f"{type(self).__name__} has no action")


def _body(request) -> bytes:
    """What was sent, in a form that is equal for equal requests: fields in order, files by their content."""
    parts = []
    for name in sorted(request.data):
        given = request.data.getlist(name) if hasattr(request.data, "getlist") else [request.data[name]]
        for value in given:
            if hasattr(value, "read"):
                parts.append(name.encode() + b"=" + value.read())
                value.seek(0)
            else:
                parts.append(f"{name}={value!r}".encode())
    return b"\n".join(parts)


class Reads(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """List and detail of the rows the person may see; another's id answers like one that does not exist."""

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.queryset.visible_to(self.request.user)


def visible_or_404(rows, user, pk):
    """The row, if the person may see it; else 404, as for one that does not exist."""
    thing = rows.visible_to(user).filter(pk=pk).first()
    if thing is None:
        raise Http404
    return thing
