"""Pages of the API; apart because the framework loads it before its own views."""

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    """Numbered pages of 50 rows, at most 200 with `page_size`."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_page_size(self, request):
        """Raises: ValidationError for a size that is none."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is not None and not (asked.isdecimal() and int(asked[:9]) > 0):
            raise ValidationError({self.page_size_query_param: _("Give a whole number from 1 to 200.")})
        return super().get_page_size(request)
