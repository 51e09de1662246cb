"""Every address of Onsite."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from apps.personnel.views.company_account import company_sign_in
from onsite import views

admin.site.site_header = "Onsite"

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("language/", login_not_required(set_language), name="set_language"),
    path("accounts/email/", views.no_page),  # a mail address is HR's to change
    path("accounts/3rdparty/", views.no_page),  # a company account is found by its address, never chosen
    path("accounts/oidc/<slug:provider_id>/login/", company_sign_in),  # before the library's own
    path("accounts/", include("allauth.urls")),
    path("admin/login/", views.admin_login),
    path("admin/", admin.site.urls),
    path("", include("apps.core.urls")),
    path("", include("apps.personnel.urls")),
    path("", include("apps.communication.urls")),
    path("", include("apps.workplans.urls")),
    path("api/v1/", include("onsite.api")),
]
