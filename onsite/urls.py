"""Every address of Onsite."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from onsite import views

admin.site.site_header = "Onsite"

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("language/", login_not_required(set_language), name="set_language"),
    path("accounts/email/", views.no_page),  # a mail address is HR's to change
    path("accounts/", include("allauth.urls")),
    path("admin/login/", views.admin_login),
    path("admin/", admin.site.urls),
    path("", include("apps.core.urls")),
    path("", include("apps.personnel.urls")),
    path("", include("apps.communication.urls")),
    path("api/v1/", include("onsite.api")),
]
