"""Addresses of this app, a module per noun."""

from apps.workplans.urls import overview, problems, quality, reports, tasks

urlpatterns = [
    *overview.urlpatterns,
    *tasks.urlpatterns,
    *reports.urlpatterns,
    *problems.urlpatterns,
    *quality.urlpatterns,
]
