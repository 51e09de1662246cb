"""The API at /api/v1/: every app's endpoints under one router, the schema, and a token's end."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from knox.views import LogoutAllView, LogoutView
from rest_framework.routers import DefaultRouter

from apps.core import endpoints as core

router = DefaultRouter()
for endpoints in (core.ENDPOINTS,):
    for name, viewset in endpoints.items():
        router.register(name, viewset, basename=f"api-{name}")

urlpatterns = [
    path("", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("token/end/", LogoutView.as_view(), name="api-token-end"),
    path("token/end-all/", LogoutAllView.as_view(), name="api-token-end-all"),
]
