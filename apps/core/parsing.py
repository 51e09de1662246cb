"""Reading JSON that programs send; apart because the framework loads it before its own views."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class BoundedJSON(JSONParser):
    """JSON of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes. Files go in multipart requests, which have their own bound.

    Raises: RequestDataTooBig; ParseError for what is no JSON, or nested beyond reason.
    """

    def parse(self, stream, media_type=None, parser_context=None):
        length = int(parser_context["request"].META.get("CONTENT_LENGTH") or 0)
        if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(_("This is nested too deeply.")) from error
