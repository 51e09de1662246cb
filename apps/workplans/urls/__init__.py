"""Addresses of this app, a module per noun."""

from apps.workplans.urls import problems, quality, reports, tasks

urlpatterns = [*tasks.urlpatterns, *reports.urlpatterns, *problems.urlpatterns, *quality.urlpatterns]
