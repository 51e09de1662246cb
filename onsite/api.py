"""The API at /api/v1/: every app's endpoints under one router, the schema, and a token's end."""

from django.urls import include, path, re_path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from knox.views import LogoutAllView, LogoutView
from rest_framework.exceptions import NotFound
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from apps.communication import endpoints as communication
from apps.core import endpoints as core
from apps.personnel import endpoints as personnel
from apps.workplans import endpoints as workplans


class TokenEnd(LogoutView):
    @extend_schema(request=None, responses={204: None}, operation_id="token_end")
    def post(self, request, format=None):
        """End the token that this request carries."""
        return super().post(request, format)


class TokenEndAll(LogoutAllView):
    @extend_schema(request=None, responses={204: None}, operation_id="token_end_all")
    def post(self, request, format=None):
        """End every token of the person."""
        return super().post(request, format)


class Nowhere(APIView):
    """Any other address here is answered in the API's own shape."""

    schema = None

    def get(self, request):
        raise NotFound

    post = put = patch = delete = get


router = SimpleRouter(use_regex_path=False)
for app in (core, personnel, communication, workplans):
    for name, endpoint in app.ENDPOINTS.items():
        router.register(name, endpoint, basename=f"api-{name}")

urlpatterns = [
    path("", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("token/end/", TokenEnd.as_view(), name="api-token-end"),
    path("token/end-all/", TokenEndAll.as_view(), name="api-token-end-all"),
    re_path("^.+/$", Nowhere.as_view(), name="api-nowhere"),
]
